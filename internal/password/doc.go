// Package password hashes passwords with argon2id, in the PHC string format.
package password
