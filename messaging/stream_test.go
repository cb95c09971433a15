package messaging_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// pieces yields the people of these numbers, and then an error if there is one.
func pieces(end error, list ...[]int) iter.Seq2[messaging.Recipients, error] {
	return func(yield func(messaging.Recipients, error) bool) {
		for _, numbers := range list {
			var r messaging.Recipients
			for _, n := range numbers {
				r.Usernames = append(r.Usernames, userName(n))
			}
			if !yield(r, nil) {
				return
			}
		}
		if end != nil {
			yield(messaging.Recipients{}, end)
		}
	}
}

// TestStream sends to people who come in pieces, some of them twice or unknown:
// each gets it once, in batches as full as they can be, and the rest is
// reported.
func TestStream(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{limits: provider.Limits{UsersPerSend: 3}})
		m, err := b.svc.SendStream(b.ctx(), here, b.toUsers(), pieces(nil, []int{0, 1}, nil, []int{1, 2, 3, 99}, []int{4, 5, 0, 99}, []int{6}))
		if err != nil || m.Resolving {
			t.Fatalf("SendStream: %v, resolving %t", err, m.Resolving)
		}
		b.run(0)
		b.queue.WantNoErrors(t)
		b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 7, messaging.DeliveryUnbound: 3})
		for user, n := range b.sentTo() {
			if n != 1 {
				t.Errorf("%s got it %d times", user, n)
			}
		}
		if n := len(b.fake.Sent()); n != 3 {
			t.Errorf("%d calls for 7 people, want 3", n)
		}
		var reasons []string
		for _, d := range b.deliveries(m.ID, messaging.DeliveryUnbound) {
			reasons = append(reasons, d.Failure.Reason+" "+d.Recipient.Username)
		}
		slices.Sort(reasons)
		want := []string{"repeated " + userName(0), "repeated " + userName(1), "unknown_user " + userName(99)}
		if !slices.Equal(reasons, want) {
			t.Errorf("reported: %q, want %q", reasons, want)
		}
	})
}

// TestStreamBrokenOff: what came before a fault is sent, and the message says
// that others are missing.
func TestStreamBrokenOff(t *testing.T) {
	t.Parallel()
	fault := errors.New("the host's table is away")
	tooMany := make([]int, 11)
	for name, c := range map[string]struct {
		pieces iter.Seq2[messaging.Recipients, error]
		want   error
	}{
		"an error":    {pieces(fault, []int{0, 1}), fault},
		"a bad piece": {pieces(nil, []int{0, 1}, tooMany), messaging.ErrTooManyRecipients},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, openSQLite(t), options{cfg: messaging.Config{MaxRecipients: 10}})
			m, err := b.svc.SendStream(b.ctx(), here, b.toUsers(), c.pieces)
			if !errors.Is(err, c.want) || m.ID == "" {
				t.Fatalf("SendStream: %q, %v; want the message and %v", m.ID, err, c.want)
			}
			b.run(time.Hour)
			b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 2, messaging.DeliveryUnbound: 1})
			if f := b.deliveries(m.ID, messaging.DeliveryUnbound)[0].Failure; f.Reason != messaging.ReasonBrokenOff {
				t.Errorf("got %+v, want %s", f, messaging.ReasonBrokenOff)
			}
		})
	}
}

// TestStreamOfADeadProcess: the message does not wait for ever for the rest.
func TestStreamOfADeadProcess(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	died := errors.New("died")
	var id string
	func() {
		defer func() { _ = recover() }()
		_, _ = b.svc.SendStream(b.ctx(), here, b.toUsers(), func(yield func(messaging.Recipients, error) bool) {
			list, err := b.svc.Messages(b.ctx(), here, messaging.MessageFilter{}, tenant.Page{Limit: 1})
			if err != nil {
				t.Error(err)
			}
			id = list.Items[0].ID
			yield(messaging.Recipients{Usernames: []string{userName(0), userName(1), userName(2)}}, nil)
			panic(died)
		})
	}()
	b.run(9 * time.Minute)
	if !b.message(id).Resolving {
		t.Fatal("nobody waits for the rest any more, too early")
	}
	b.run(2 * time.Minute)
	m := b.message(id)
	if m.Resolving || m.Counts[messaging.DeliveryUnbound] != 1 {
		t.Errorf("resolving %t, counts %v; want false and one that is unbound", m.Resolving, m.Counts)
	}
	b.queue.WantNoErrors(t)
}

// TestStreamCancelled: cancelling ends the stream.
func TestStreamCancelled(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	r := b.toUsers()
	r.SendAt = b.clock.Now().Add(time.Hour)
	taken := 0
	m, err := b.svc.SendStream(b.ctx(), here, r, func(yield func(messaging.Recipients, error) bool) {
		for range 5 {
			taken++
			if taken == 3 {
				list, err := b.svc.Messages(b.ctx(), here, messaging.MessageFilter{}, tenant.Page{Limit: 1})
				if err == nil {
					_, err = b.svc.Cancel(b.ctx(), here, list.Items[0].ID)
				}
				if err != nil {
					t.Error(err)
				}
			}
			if !yield(messaging.Recipients{Usernames: []string{userName(taken)}}, nil) {
				return
			}
		}
	})
	if !errors.Is(err, messaging.ErrStreamCancelled) || taken != 3 {
		t.Errorf("SendStream: %v after %d pieces, want %v after 3", err, taken, messaging.ErrStreamCancelled)
	}
	b.run(2 * time.Hour)
	if n := len(b.fake.Sent()); n != 0 {
		t.Errorf("%s was sent by %d calls", m.ID, n)
	}
}

func TestStreamRefused(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	for name, c := range map[string]struct {
		change func(*messaging.Request)
		want   error
	}{
		"recipients in the request": {func(r *messaging.Request) { r.Recipients.All = true }, messaging.ErrInvalidRequest},
		"groups":                    {func(r *messaging.Request) { r.Channel = messaging.ChannelGroup }, messaging.ErrUnsupported},
		"a webhook":                 {func(r *messaging.Request) { r.Channel, r.Webhook = messaging.ChannelWebhook, "w" }, messaging.ErrUnsupported},
	} {
		r := b.toUsers()
		c.change(&r)
		if _, err := b.svc.SendStream(b.ctx(), here, r, pieces(nil, []int{0})); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	err := b.store.InTx(b.ctx(), func(ctx context.Context) error {
		_, err := b.svc.SendStream(ctx, here, b.toUsers(), pieces(nil, []int{0}))
		return err
	})
	if err == nil {
		t.Error("in a transaction: no error")
	}
	if list, err := b.svc.Messages(b.ctx(), here, messaging.MessageFilter{}, tenant.Page{Limit: 5}); err != nil || len(list.Items) > 0 {
		t.Errorf("%d messages were stored, %v", len(list.Items), err)
	}
}

// TestStreamRepeated: a repeat with the key takes no piece, also while the first
// stream is still going on, and leaves that one alone.
func TestStreamRepeated(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		r := b.toUsers()
		r.IdempotencyKey = "stream-1"
		repeat := func() string {
			m, err := b.svc.SendStream(b.ctx(), here, r, func(func(messaging.Recipients, error) bool) { t.Error("a piece was taken") })
			if err != nil {
				t.Errorf("repeated: %v", err)
			}
			return m.ID
		}
		var during []string
		first, err := b.svc.SendStream(b.ctx(), here, r, func(yield func(messaging.Recipients, error) bool) {
			during = append(during, repeat())
			for piece, err := range pieces(nil, []int{0, 1}, []int{2}) {
				if !yield(piece, err) {
					return
				}
				during = append(during, repeat())
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{first.ID, first.ID, first.ID}; !slices.Equal(during, want) || repeat() != first.ID {
			t.Errorf("repeats while it was going on: got %q, want %q", during, want)
		}
		b.run(0)
		b.want(first.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 3})
	})
}
