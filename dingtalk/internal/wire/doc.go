// Package wire holds the JSON shapes of DingTalk's APIs, one file per API
// family. Samples of DingTalk's own documentation quote numbers, booleans and
// lists, and real answers do not always; the types of lenient.go take both.
package wire
