// Package providertest proves implementations of the contract in package
// provider, and has a [Fake] that passes the proof, for tests of what stands on
// the contract.
//
// An implementation's own test is short:
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, func(tb testing.TB) providertest.Harness { … })
//	}
//
// A harness that knows more proves more: each function of [Harness] that is nil
// leaves tests out, which go test -v names. Start with Factory, Settings,
// WrongSettings, Company and Break; then Received and Expire. Fill Company with
// what your office app has of the contract, not with what it lacks: no
// union ids at WeCom, no siblings of one name at DingTalk. Worth having in it are
// leaders, positions of people in a department, somebody who was granted to the
// app one by one, and, where the office app ignores case, a user id with a
// capital. Where it tells of one person at a time, or knows fewer kinds of events
// than the contract, Harness.Events says so.
//
// Only _test.go files import this package.
package providertest
