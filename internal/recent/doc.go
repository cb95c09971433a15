// Package recent keeps what was used lately, and bounds how much that is.
package recent
