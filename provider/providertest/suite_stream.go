package providertest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

func runStreamer(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"every kind", func(t *testing.T, s subject) {
			st := s.connect(t, nil)
			for _, want := range s.events() {
				s.Emit(t, want)
				wantEvent(t, st.next(t), want)
			}
			st.stop(t)
		}},
		{"says that it is connected", func(t *testing.T, s subject) {
			st := s.connect(t, nil)
			s.Emit(t, s.events()[0])
			st.next(t)
			if n := st.connected.Load(); n != 1 {
				t.Errorf("it has said %d times that it is connected before the first event, want once", n)
			}
			st.stop(t)
		}},
		{"asks again for what was not kept", func(t *testing.T, s subject) {
			refused := false // handle is called one at a time
			st := s.connect(t, func(provider.Event) error {
				if refused {
					return nil
				}
				refused = true
				return context.DeadlineExceeded
			})
			s.Emit(t, s.events()[0])
			first := st.next(t)
			if again := st.next(t); again.ID != first.ID {
				t.Errorf("an event came as %q and again as %q", first.ID, again.ID)
			}
			s.Emit(t, s.events()[1])
			if other := st.next(t); other.ID == first.ID {
				t.Error("an event came a third time, or another has its id")
			}
			st.stop(t)
		}},
		{"one at a time", func(t *testing.T, s subject) {
			var busy sync.Mutex
			st := s.connect(t, func(provider.Event) error {
				if !busy.TryLock() {
					t.Error("handle was called while it had not returned")
					return nil
				}
				defer busy.Unlock()
				time.Sleep(time.Millisecond) // gives a second call the chance to overlap
				return nil
			})
			for range 3 {
				for _, e := range s.events() {
					s.Emit(t, e)
				}
			}
			for range 3 * len(s.events()) {
				st.next(t)
			}
			st.stop(t)
		}},
		{"ends when it was asked to", func(t *testing.T, s subject) {
			st := s.connect(t, nil)
			s.Disconnect(t, true)
			if err := st.wait(t); err != nil {
				t.Errorf("the office app asked for a new connection: %v, want nil", err)
			}
		}},
		{"says that it was cut", func(t *testing.T, s subject) {
			st := s.connect(t, nil)
			s.Disconnect(t, false)
			wantError(t, "StreamEvents", s.Kind(), st.wait(t), provider.Unavailable)
		}},
		{"wrong credentials", func(t *testing.T, s subject) {
			s.streamer(t)
			streamer, err := provider.As[provider.EventStreamer](s.openWrong(t))
			if err != nil {
				t.Fatal(err)
			}
			err = streamer.StreamEvents(t.Context(), provider.StreamHandler{
				Connected: func() { t.Error("it says that it is connected") },
				Event:     func(context.Context, provider.Event) error { return nil },
			})
			wantError(t, "StreamEvents", s.Kind(), err, provider.Unauthenticated)
			wantRemedy(t, err)
		}},
		{"closing ends it", func(t *testing.T, s subject) {
			st := s.connect(t, nil)
			if err := s.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			wantError(t, "StreamEvents", s.Kind(), st.wait(t), provider.Unavailable)
		}},
	})
}

func (s subject) streamer(t *testing.T) provider.EventStreamer {
	t.Helper()
	streamer := ability[provider.EventStreamer](t, s)
	if s.Emit == nil {
		t.Skip("the harness emits no events")
	}
	return streamer
}

// stream is a connection under test.
type stream struct {
	cancel context.CancelFunc
	events chan provider.Event
	ended  chan error
	// connected counts how often it said that it is.
	connected *atomic.Int64
}

// connect streams until the connection ends, and waits until events arrive.
func (s subject) connect(t *testing.T, handle func(provider.Event) error) stream {
	t.Helper()
	streamer := s.streamer(t)
	ctx, cancel := context.WithCancel(t.Context())
	st := stream{cancel: cancel, events: make(chan provider.Event, 100), ended: make(chan error, 1), connected: &atomic.Int64{}}
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		st.ended <- streamer.StreamEvents(ctx, provider.StreamHandler{
			Connected: func() { st.connected.Add(1) },
			Event: func(_ context.Context, e provider.Event) error {
				var err error
				if handle != nil {
					err = handle(e)
				}
				st.events <- e
				return err
			},
		})
	}()
	s.Connected(t)
	return st
}

func (st stream) next(t *testing.T) provider.Event {
	t.Helper()
	select {
	case e := <-st.events:
		return e
	case err := <-st.ended:
		t.Fatalf("the stream has ended: %v", err)
	case <-time.After(patience):
		t.Fatal("no event came")
	}
	return provider.Event{}
}

func (st stream) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-st.ended:
		return err
	case <-time.After(patience):
		t.Fatal("the stream does not end")
		return nil
	}
}

// stop cancels and looks for more events than were expected.
func (st stream) stop(t *testing.T) {
	t.Helper()
	st.cancel()
	if err := st.wait(t); provider.CodeOf(err) != provider.Canceled {
		t.Errorf("a cancelled stream: %v, want canceled", err)
	}
	if n := len(st.events); n > 0 {
		t.Errorf("%d events more than were told, first %+v", n, <-st.events)
	}
}
