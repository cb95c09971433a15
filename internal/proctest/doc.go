// Package proctest runs a test binary as another process that a test can kill.
// The binary's TestMain looks at the environment to know that it is the other
// process.
package proctest
