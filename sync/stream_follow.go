package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// streamOp stands for streams in the log.
const streamOp = "events.stream"

const (
	// longestStreamPause is that between two connections while the office app
	// is not there, as in DingTalk's SDKs.
	longestStreamPause = time.Minute
	// refusedStreamPause is how long somebody who was refused waits: with the
	// same settings the answer is the same until somebody does something at the
	// office app. Other settings are tried at once.
	refusedStreamPause = 5 * time.Minute
	// steadyStream is how long a connection lasts that was a good one: after it
	// pauses begin anew.
	steadyStream = 10 * time.Second
	// streamEventPatience bounds taking in one event. DingTalk gives it 3 s and
	// then sends it again.
	streamEventPatience = 10 * time.Second
)

// followStream keeps one app connected until ctx is done.
func (s *Service) followStream(ctx context.Context, holder string, key StreamKey) {
	failures := 0
	for ctx.Err() == nil {
		connected, err := s.streamOnce(ctx, holder, key)
		if ctx.Err() != nil {
			return
		}
		steady := !connected.IsZero() && s.now().Sub(connected) >= steadyStream
		if steady {
			failures = 0
		}
		if err == nil && steady {
			continue // it was asked to connect anew
		}
		failures++
		s.noteStreamEnd(ctx, holder, key, failures, err)
		sleep(ctx, s.streamPause(failures, err))
	}
}

// streamOnce connects and takes in what comes until the connection ends. It
// returns when it was connected, zero when it never was.
func (s *Service) streamOnce(ctx context.Context, holder string, key StreamKey) (connected time.Time, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("sync: stream: panic: %v", v)
		}
	}()
	conn, err := s.conns.OpenApp(ctx, key.Tenant, key.AppID)
	if err != nil {
		return connected, err
	}
	defer func() {
		if err := conn.Provider.Close(); err != nil {
			s.logStream(key, err).WarnContext(ctx, "provider not closed cleanly")
		}
	}()
	streamer, err := provider.As[provider.EventStreamer](conn.Provider)
	if err != nil {
		return connected, err
	}
	err = streamer.StreamEvents(ctx, provider.StreamHandler{
		Connected: func() {
			connected = s.now()
			s.noteStream(ctx, holder, key, StreamNote{ConnectedAt: connected})
			s.logStream(key, nil).InfoContext(ctx, "stream of events connected")
		},
		Event: func(ctx context.Context, e provider.Event) error { return s.takeStreamed(ctx, conn.App, e) },
	})
	return connected, err
}

// takeStreamed takes in an event as Receive does. Its error has the office app
// send it again.
func (s *Service) takeStreamed(ctx context.Context, app tenant.App, e provider.Event) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("sync: stream: panic: %v", v)
		}
		if err != nil && ctx.Err() == nil {
			s.noteEventFailure(ctx, app, err)
		}
	}()
	bounded, cancel := context.WithTimeout(ctx, streamEventPatience)
	defer cancel()
	return s.takeEvents(bounded, app, []provider.Event{e})
}

// noteStreamEnd keeps why a connection ended. A nil error is one that was asked
// to end right away.
func (s *Service) noteStreamEnd(ctx context.Context, holder string, key StreamKey, failures int, cause error) {
	note := StreamNote{}
	if cause != nil {
		note.Failure, note.FailedAt = failureOf(cause), s.now()
	}
	s.noteStream(ctx, holder, key, note)
	if failures == 1 && cause != nil { // those after it say the same
		s.logStream(key, cause).WarnContext(ctx, "stream of events ended")
	}
}

func (s *Service) noteStream(ctx context.Context, holder string, key StreamKey, note StreamNote) {
	ctx, cancel := context.WithTimeout(ctx, streamEventPatience)
	defer cancel()
	if err := s.store.NoteStream(ctx, holder, key, note); err != nil && !errors.Is(err, context.Canceled) {
		s.logStream(key, err).WarnContext(ctx, "state of a stream not kept")
	}
}

// logStream returns the log with what there is to say of a stream.
func (s *Service) logStream(key StreamKey, cause error) *slog.Logger {
	log := s.cfg.Logger.With("tenant", key.Tenant, "app", key.AppID, "op", streamOp)
	if cause != nil {
		log = log.With("code", provider.CodeOf(cause).String(), "error", cause)
	}
	return log
}

// streamPause returns how long to wait before the next connection.
func (s *Service) streamPause(failures int, cause error) time.Duration {
	pause := longestStreamPause
	if failures < 16 { // further doubling would overflow at last
		pause = min(pause, s.cfg.RetryPause<<(failures-1))
	}
	if isRefusal(cause) {
		pause = refusedStreamPause
	}
	var upstream *provider.Error
	if errors.As(cause, &upstream) {
		pause = max(pause, upstream.RetryAfter)
	}
	return jittered(pause)
}

// isRefusal reports whether an error is about the settings or what the office
// app allows, not about the moment.
func isRefusal(err error) bool {
	switch provider.CodeOf(err) { //nolint:exhaustive // the others may pass
	case provider.Unauthenticated, provider.PermissionDenied, provider.InvalidArgument, provider.FailedPrecondition,
		provider.NotFound, provider.Unsupported:
		return true
	}
	return false
}

// sleep waits, or until ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
