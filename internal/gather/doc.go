// Package gather does at once what is asked for at the same time, where that
// shares what costs a way to the database: a statement for many rows, a
// transaction for many callers. What comes while a group is under way is the next
// group; who is alone waits for nobody.
package gather
