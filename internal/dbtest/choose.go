package dbtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// way is one way to get a server.
type way struct {
	name  string
	start func(ctx context.Context) (*server, error)
}

// allWays lists them, first choice first.
func allWays() []way {
	return []way{
		{"docker", startContainer},
		{"binaries", startBinaries},
		{"server", useServer},
	}
}

// noneError says that no way led to a server, and why.
type noneError struct{ reasons []string }

func (e *noneError) Error() string {
	return "no PostgreSQL server for tests: " + strings.Join(e.reasons, "; ")
}

func isNone(err error) bool {
	var none *noneError
	return errors.As(err, &none)
}

// errAbsent marks a way that this machine does not have; trying the next one
// needs no word about it.
var errAbsent = errors.New("not here")

// choose gets a server by the first way that works, or only by the way via if
// that is not "". It says which ways are there and failed.
func choose(ctx context.Context, via string, ways []way, say func(format string, args ...any)) (*server, error) {
	if via != "" {
		return startVia(ctx, via, ways)
	}
	none := &noneError{}
	for _, w := range ways {
		srv, err := w.start(ctx)
		if err == nil {
			return srv, nil
		}
		reason := fmt.Sprintf("%s: %s", w.name, oneLine(err))
		none.reasons = append(none.reasons, reason)
		if !errors.Is(err, errAbsent) {
			say("not used: %s", reason)
		}
	}
	return nil, none
}

// startVia gets a server by the way of that name, or none.
func startVia(ctx context.Context, name string, ways []way) (*server, error) {
	for _, w := range ways {
		if w.name != name {
			continue
		}
		srv, err := w.start(ctx)
		if err != nil {
			return nil, fmt.Errorf("THIRDAPP_TEST_POSTGRES_VIA=%s: %w", name, err)
		}
		return srv, nil
	}
	return nil, fmt.Errorf("THIRDAPP_TEST_POSTGRES_VIA=%s: want docker, binaries or server", name)
}

// oneLine shortens an error's text to what fits a line.
func oneLine(err error) string {
	const most = 300
	text := strings.Join(strings.Fields(err.Error()), " ")
	if len(text) > most {
		text = text[:most] + "…"
	}
	return text
}
