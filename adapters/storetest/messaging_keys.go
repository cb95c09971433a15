package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// keyed returns the n-th message with an idempotency key that holds from the
// moment since on.
func keyed(t tenant.ID, n int, key string, since time.Time) messaging.NewMessage {
	m := newMessage(t, n, 1)
	m.Message.IdempotencyKey, m.Fingerprint, m.KeysSince = key, fmt.Sprintf("print-%d", n), since
	return m
}

func keyTests() map[string]func(*testing.T, messaging.Store) {
	long := instant(-1000)
	return map[string]func(*testing.T, messaging.Store){
		"a key is held once": func(t *testing.T, s messaging.Store) {
			first := createMessage(t, s, keyed(here, 1, "key", long))
			wantError(t, "CreateMessages", s.CreateMessages(t.Context(), keyed(here, 2, "key", long)), tenant.ErrConflict)
			_, err := s.Message(t.Context(), here, messageID(2))
			wantError(t, "Message", err, tenant.ErrNotFound)
			createMessage(t, s, keyed(here, 3, "Key", long))
			createMessage(t, s, keyed(there, 4, "key", long))
			got, print, err := s.MessageByKey(t.Context(), here, "key", long)
			if err != nil || got.ID != first.Message.ID || print != "print-1" {
				t.Errorf("MessageByKey = %s, %s, %v; want the first message", got.ID, print, err)
			}
			if got.State != messaging.Queued || got.Counts[messaging.DeliveryPending] != 1 {
				t.Errorf("got state %s, counts %v", got.State, got.Counts)
			}
		},
		"no key is no key": func(t *testing.T, s messaging.Store) {
			createMessage(t, s, newMessage(here, 1, 1))
			createMessage(t, s, newMessage(here, 2, 1))
			_, _, err := s.MessageByKey(t.Context(), here, "", long)
			wantError(t, "MessageByKey", err, tenant.ErrNotFound)
		},
		"a key runs out": func(t *testing.T, s messaging.Store) {
			first := createMessage(t, s, keyed(here, 1, "key", long))
			_, _, err := s.MessageByKey(t.Context(), here, "key", instant(1))
			wantError(t, "MessageByKey", err, tenant.ErrNotFound)
			wantError(t, "CreateMessages in time", s.CreateMessages(t.Context(), keyed(here, 2, "key", instant(0))), tenant.ErrConflict)
			createMessage(t, s, keyed(here, 3, "key", instant(1)))
			if got := readMessage(t, s, first).ID; got != first.Message.ID {
				t.Errorf("the first message: got %s", got)
			}
			got, _, err := s.MessageByKey(t.Context(), here, "key", instant(1))
			if err != nil || got.ID != messageID(3) {
				t.Errorf("MessageByKey = %s, %v; want the third message", got.ID, err)
			}
		},
		"a conflict leaves the transaction good": func(t *testing.T, s messaging.Store) {
			createMessage(t, s, keyed(here, 1, "key", long))
			err := s.InTx(t.Context(), func(ctx context.Context) error {
				wantError(t, "CreateMessages", s.CreateMessages(ctx, keyed(here, 2, "key", long)), tenant.ErrConflict)
				return s.CreateMessages(ctx, newMessage(here, 3, 1))
			})
			if err != nil {
				t.Errorf("InTx: %v", err)
			}
			if got := messageIDs(collect(t, 0, messagesOf(s, here, messaging.MessageFilter{}))); len(got) != 2 {
				t.Errorf("messages: got %v, want the first and the third", got)
			}
		},
		"a race has one winner": func(t *testing.T, s messaging.Store) {
			oneWins(t, 8, func(ctx context.Context, i int) error {
				return s.CreateMessages(ctx, keyed(here, i, "key", long))
			})
			if got := collect(t, 0, messagesOf(s, here, messaging.MessageFilter{})); len(got) != 1 {
				t.Errorf("got %d messages, want 1", len(got))
			}
		},
	}
}
