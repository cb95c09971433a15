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
// Only _test.go files import this package.
package providertest
