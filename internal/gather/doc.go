// Package gather does at once what is asked for at the same time, where that
// shares what costs a way to the database: a statement for many rows, a
// transaction for many callers. Whoever finds fewer groups under way than may be
// does the work of everybody who waits; who is alone waits for nobody.
package gather
