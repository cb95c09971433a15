package dbtest

import (
	"context"
	"fmt"
)

// What the tests of the choice among servers need to reach.
var (
	ErrAbsent = errAbsent
	Refuse    = refuse
)

// Way describes a way to get a server that ends in err.
type Way struct {
	Name string
	Err  error
}

// Choose tells which of the ways are tried, what is said about it, and what
// comes of it.
func Choose(ctx context.Context, via string, ways ...Way) (tried, said []string, err error) {
	all := make([]way, 0, len(ways))
	for _, w := range ways {
		all = append(all, way{w.Name, func(context.Context) (*server, error) {
			tried = append(tried, w.Name)
			return &server{}, w.Err
		}})
	}
	_, err = choose(ctx, via, all, func(format string, args ...any) {
		said = append(said, fmt.Sprintf(format, args...))
	})
	return tried, said, err
}
