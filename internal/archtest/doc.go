// Package archtest pins by tests what the compiler does not check: which
// package may import which, and what no package may do.
package archtest
