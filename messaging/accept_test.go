package messaging_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

var errBadRow = errors.New("bad row")

// gated is a store that holds transactions back until it is opened, and refuses
// messages that say so.
type gated struct {
	messaging.Store
	open    chan struct{}
	sends   atomic.Int32 // looks whether a transaction is joined
	waitFor int32        // opens by itself after that many
	begun   atomic.Int32 // transactions
}

func (g *gated) Joined(ctx context.Context) bool {
	if g.sends.Add(1) == g.waitFor {
		close(g.open)
	}
	return g.Store.Joined(ctx)
}

func (g *gated) InTx(ctx context.Context, fn func(context.Context) error) error {
	g.begun.Add(1)
	<-g.open
	return g.Store.InTx(ctx, fn)
}

func (g *gated) CreateMessages(ctx context.Context, list ...messaging.NewMessage) error {
	for _, n := range list {
		if n.Message.Content.Text.Content == "bad" {
			return errBadRow
		}
	}
	return g.Store.CreateMessages(ctx, list...)
}

func newGated(t *testing.T, s *bunstore.Store, waitFor int32) (*bundle, *gated) {
	t.Helper()
	g := &gated{open: make(chan struct{}), waitFor: waitFor}
	b := newBundle(t, s, options{wrap: func(inner messaging.Store) messaging.Store {
		g.Store = inner
		return g
	}})
	return b, g
}

// TestSendTogether: requests that come at the same time share transactions;
// each has its own outcome, and each stored message its job.
func TestSendTogether(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		const sends, bad = 60, 3
		b, _ := newGated(t, s, sends)
		var failed atomic.Int32
		var ids sync.Map
		var all sync.WaitGroup
		for i := range sends {
			all.Go(func() {
				r := b.toUsers(i % 8)
				if i < bad {
					r.Content = provider.NewText("bad")
				}
				m, err := b.svc.Send(b.ctx(), here, r)
				switch {
				case err == nil:
					ids.Store(m.ID, true)
				case i < bad && errors.Is(err, errBadRow):
					failed.Add(1)
				default:
					t.Errorf("send %d: %v", i, err)
				}
			})
		}
		all.Wait()
		if got := failed.Load(); got != bad {
			t.Errorf("%d sends failed, want %d", got, bad)
		}
		list, err := b.svc.Messages(b.ctx(), here, messaging.MessageFilter{}, tenant.Page{Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Items) != sends-bad {
			t.Errorf("%d messages are stored, want %d", len(list.Items), sends-bad)
		}
		for _, m := range list.Items {
			if _, ok := ids.Load(m.ID); !ok {
				t.Errorf("message %s is stored, but nobody was told", m.ID)
			}
		}
		if got := b.queue.Len(); got != sends-bad {
			t.Errorf("%d jobs, want %d", got, sends-bad)
		}
	})
}

// TestSendGivesUpWaiting: whoever goes away before their turn leaves nothing
// behind.
func TestSendGivesUpWaiting(t *testing.T) {
	t.Parallel()
	b, g := newGated(t, openSQLite(t), -1)
	const leaders = 2
	var all sync.WaitGroup
	for i := range leaders {
		all.Go(func() {
			if _, err := b.svc.Send(b.ctx(), here, b.toUsers(i)); err != nil {
				t.Errorf("send %d: %v", i, err)
			}
		})
	}
	eventually(t, func() bool { return g.begun.Load() == leaders })
	ctx, cancel := context.WithCancel(b.ctx())
	cancel()
	if _, err := b.svc.Send(ctx, here, b.toUsers(5)); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	close(g.open)
	all.Wait()
	list, err := b.svc.Messages(b.ctx(), here, messaging.MessageFilter{}, tenant.Page{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != leaders {
		t.Errorf("%d messages are stored, want %d", len(list.Items), leaders)
	}
}

// eventually fails the test when something has not come true after a while.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatal("it never came true")
		}
		runtime.Gosched()
	}
}
