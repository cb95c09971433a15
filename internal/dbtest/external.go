package dbtest

import (
	"context"
	"fmt"
	"os"
)

// useServer takes the server that THIRDAPP_TEST_POSTGRES names.
func useServer(ctx context.Context) (*server, error) {
	dsn := os.Getenv("THIRDAPP_TEST_POSTGRES")
	if dsn == "" {
		return nil, fmt.Errorf("THIRDAPP_TEST_POSTGRES is not set: %w", errAbsent)
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	srv, err := connect(ctx, dsn, "of THIRDAPP_TEST_POSTGRES")
	if err != nil {
		return nil, fmt.Errorf("THIRDAPP_TEST_POSTGRES: %w", err)
	}
	return srv, nil
}
