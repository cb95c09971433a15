// Package storetest proves implementations of the Store ports. Each suite is
// one function, run from the implementation's own test:
//
//	func TestTenantStore(t *testing.T) {
//		storetest.RunTenant(t, func(tb testing.TB) tenant.Store { return openStore(tb) })
//	}
//
// The function must return an empty store of its own on every call, ready to
// use and closed by the test's cleanup. Suites run their subtests in parallel;
// a store has to allow at least four connections at a time. They use the public
// ports only and never wait for time to pass.
//
// Only _test.go files import this package.
package storetest
