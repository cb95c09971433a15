// Command owntables is a host that has users and departments of its own: tables
// with its own columns and numbers for ids, which a pull fills inside the host's
// transaction. It pulls a company from an emulated DingTalk, shows what has come
// into the tables, and ends.
//
//	go run ./examples/owntables
//
// [Members] is what a host writes; docs/own-tables.md goes through it.
package main
