// Package stack wires the standard set of adapters in one call: bun on
// PostgreSQL or SQLite, River, Casbin, Tink and JWT. [Open] returns a Stack
// whose Config is ready for thirdapp.New; fields may be replaced before that.
//
// A host that wants other parts fills in a thirdapp.Config itself and never
// compiles what it does not use.
package stack
