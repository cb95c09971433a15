//go:build !linux

package dbtest

import (
	"errors"
	"os"
	"syscall"
)

// owner is whom the server runs as: whoever runs the tests.
type owner struct{}

func serverOwner() (*owner, error) {
	if os.Geteuid() == 0 {
		return nil, errors.New("PostgreSQL cannot run as root")
	}
	return &owner{}, nil
}

func (*owner) take(string) error { return nil }

func (*owner) attributes() *syscall.SysProcAttr { return nil }
