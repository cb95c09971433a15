package providertest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/thirdapp/thirdapp/provider"
)

// news holds the events that streams are told, and the streams.
type news struct {
	mu     sync.Mutex
	events []provider.Event
	// streams are those that are connected; each of them is told when there is
	// something to do.
	streams []*fakeStream
}

// fakeStream is a connection of a Provider of the Fake.
type fakeStream struct {
	wake chan struct{}
	// end ends it: with nil when the Fake wants a new one.
	end chan error
}

// Emit tells an event over one of the streams, or keeps it until there is one.
// It is completed as Callback does it.
func (f *Fake) Emit(e provider.Event) {
	e = f.complete(e)
	f.news.mu.Lock()
	defer f.news.mu.Unlock()
	f.news.events = append(f.news.events, e)
	f.news.alert()
}

// alert wakes every stream. The caller holds the lock.
func (n *news) alert() {
	for _, s := range n.streams {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// Streams returns how many streams are connected.
func (f *Fake) Streams() int {
	f.news.mu.Lock()
	defer f.news.mu.Unlock()
	return len(f.news.streams)
}

var errCut = errors.New("the connection was cut")

// Disconnect ends every stream: politely, as an office app that wants a new
// connection, or not.
func (f *Fake) Disconnect(politely bool) {
	f.news.mu.Lock()
	defer f.news.mu.Unlock()
	for _, s := range f.news.streams {
		var reason error
		if !politely {
			reason = errCut
		}
		select {
		case s.end <- reason:
		default: // it is ending
		}
	}
}

// take returns the next event.
func (n *news) take() (provider.Event, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.events) == 0 {
		return provider.Event{}, false
	}
	e := n.events[0]
	n.events = n.events[1:]
	return e, true
}

// giveBack keeps an event that was not acknowledged, behind the others.
func (n *news) giveBack(e provider.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.events = append(n.events, e)
	n.alert()
}

func (n *news) join() *fakeStream {
	s := &fakeStream{wake: make(chan struct{}, 1), end: make(chan error, 1)}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.streams = append(n.streams, s)
	return s
}

func (n *news) leave(s *fakeStream) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.streams = slices.DeleteFunc(n.streams, func(o *fakeStream) bool { return o == s })
}

// StreamEvents implements provider.EventStreamer.
func (c *connection) StreamEvents(ctx context.Context, h provider.StreamHandler) error {
	if _, err := c.begin(ctx, OpStream); err != nil {
		return err
	}
	n := &c.fake.news
	s := n.join()
	defer n.leave(s)
	if h.Connected != nil {
		h.Connected()
	}
	for {
		for e, ok := n.take(); ok; e, ok = n.take() {
			if h.Event(ctx, e) != nil {
				n.giveBack(e)
			}
			if ctx.Err() != nil {
				break
			}
		}
		select {
		case <-s.wake:
		case reason := <-s.end:
			if reason != nil {
				return c.fake.errorf(OpStream, provider.Unavailable, "%v", reason)
			}
			return nil
		case <-c.ended:
			return c.fake.errorf(OpStream, provider.Unavailable, "the connection is closed")
		case <-ctx.Done():
			return &provider.Error{Code: provider.CodeOf(ctx.Err()), Provider: c.fake.cfg.Kind, Op: string(OpStream), Err: ctx.Err()}
		}
	}
}
