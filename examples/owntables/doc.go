// Command owntables is a host that has users and departments of its own: tables
// with its own columns and numbers for ids, which a pull fills inside the host's
// transaction, and whose people a push brings to the office app. It pulls a company
// from an emulated DingTalk, shows what has come into the tables, adds a unit with
// a user, pushes them, shows what DingTalk has then, and ends.
//
//	go run ./examples/owntables
//
// [Members] is what a host writes; docs/own-tables.md goes through it.
package main
