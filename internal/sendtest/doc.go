// Package sendtest proves messaging as a whole: the module on its database,
// with its job queue and the DingTalk client, against the DingTalk emulator
// over HTTP, while the office app, the credentials, the database, the process
// or the clock fail. Each test ends by comparing what is said of every delivery
// with who really got what, and how often. It also has the benchmarks of
// sending. It has tests only.
package sendtest
