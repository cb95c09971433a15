package identity

import "github.com/thirdapp/thirdapp/provider"

// ParseAddress reads a return address.
func ParseAddress(s string) (origin, path string, problem provider.Text) {
	a, problem := parseAddress(s)
	return a.origin, a.path, problem
}

// Below reports whether a path is prefix or below it.
func Below(path, prefix string) bool { return below(path, prefix) }
