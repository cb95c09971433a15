package messaging

import (
	"context"
	"errors"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

const (
	firstPersistPause = 50 * time.Millisecond
	lastPersistPause  = 2 * time.Second
	// lastWrite is how long the last try may take after the context has ended.
	lastWrite = 3 * time.Second
)

// persist repeats a write that has the same effect once and twice, for as long
// as ctx allows: the database may be away for a moment.
func persist(ctx context.Context, write func(context.Context) error) error {
	for pause := firstPersistPause; ; pause = min(2*pause, lastPersistPause) {
		err := write(ctx)
		if err == nil || errors.Is(err, tenant.ErrConflict) || errors.Is(err, tenant.ErrNotFound) || errors.As(err, new(*waitError)) {
			return err
		}
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return err
		}
	}
}

// persistBeyond is persist with one more try after ctx has ended: what an
// office app has answered is worth holding up a stop for.
func persistBeyond(ctx context.Context, write func(context.Context) error) error {
	err := persist(ctx, write)
	if err == nil || ctx.Err() == nil {
		return err
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
	defer cancel()
	return write(last)
}
