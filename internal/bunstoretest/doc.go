// Package bunstoretest has the harnesses by which the suites of storetest are
// run on bunstore: as it is, and with seeded faults that the suites must find.
package bunstoretest
