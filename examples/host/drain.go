package main

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// drainTime is how long requests and jobs under way have to end after SIGTERM,
// below the 30 s that supervisors leave by custom. requestsTime is the share of
// the requests: without one of their own, a request that does not end would
// leave the jobs no time.
const (
	drainTime    = 20 * time.Second
	requestsTime = 8 * time.Second
)

// drain lets requests and jobs end, in that order: requests make jobs. What the
// requests leave of their share is the jobs'.
func drain(ctx context.Context, server *http.Server, stop func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	return errors.Join(endRequests(ctx, server), stop(ctx))
}

// endRequests breaks off the requests that have not ended in time.
func endRequests(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, requestsTime)
	defer cancel()
	err := server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, server.Close())
	}
	return err
}
