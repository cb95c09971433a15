// Package wholetest proves the module as a whole: thirdapp.Module wired by
// adapters/stack, asked over real HTTP, on PostgreSQL and on SQLite, with the
// DingTalk emulator for an office app. What single packages promise is proved
// there; here is what only shows when all of them work together: that no secret
// comes out anywhere, that every refusal says what to do, that an office app or
// a database that fails leaves a true state behind. It has tests only.
package wholetest
