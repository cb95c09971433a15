package storetest

import (
	"fmt"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// messageID returns the id of the n-th message; ids sort by time.
func messageID(n int) string { return fmt.Sprintf("01900000-0000-7000-8000-%012d", n) }

// person returns the n-th recipient that is bound.
func person(n int) messaging.Recipient {
	return messaging.Recipient{
		Username: fmt.Sprintf("user-%d", n), UserID: fmt.Sprintf("id-%d", n),
		ProviderUserID: provider.UserID(fmt.Sprintf("p-%d", n)),
	}
}

func people(from, n int) []messaging.Recipient {
	list := make([]messaging.Recipient, n)
	for i := range list {
		list[i] = person(from + i)
	}
	return list
}

// newMessage returns the n-th message, with batches of the given sizes.
func newMessage(t tenant.ID, n int, sizes ...int) messaging.NewMessage {
	m := messaging.NewMessage{
		Message: messaging.Message{
			ID: messageID(n), Tenant: t, Provider: provider.DingTalk, AppID: "app-1", Channel: messaging.ChannelWork,
			Content:   provider.NewMarkdown("标题", `text with "quotes", 'quotes', ? and \ and $1`),
			CreatedBy: "id-9", CreatedByName: "张三", CreatedAt: instant(n),
		},
	}
	next := 0
	for _, size := range sizes {
		m.Batches = append(m.Batches, people(next, size))
		next += size
	}
	return m
}

func createMessage(tb testing.TB, s messaging.Store, m messaging.NewMessage) messaging.NewMessage {
	tb.Helper()
	if err := s.CreateMessage(tb.Context(), m); err != nil {
		tb.Fatalf("CreateMessage(%s): %v", m.Message.ID, err)
	}
	return m
}

// batchOf names a batch of a message.
func batchOf(m messaging.NewMessage, number int) messaging.BatchRef {
	return messaging.BatchRef{Tenant: m.Message.Tenant, MessageID: m.Message.ID, Number: number}
}

func readWork(tb testing.TB, s messaging.Store, ref messaging.BatchRef) messaging.Work {
	tb.Helper()
	w, err := s.Work(tb.Context(), ref)
	if err != nil {
		tb.Fatalf("Work: %v", err)
	}
	return w
}

func readMessage(tb testing.TB, s messaging.Store, m messaging.NewMessage) messaging.Message {
	tb.Helper()
	got, err := s.Message(tb.Context(), m.Message.Tenant, m.Message.ID)
	if err != nil {
		tb.Fatalf("Message(%s): %v", m.Message.ID, err)
	}
	return got
}

// claimBatch claims a batch as it stands.
func claimBatch(tb testing.TB, s messaging.Store, ref messaging.BatchRef, id string) {
	tb.Helper()
	w := readWork(tb, s, ref)
	err := s.Claim(tb.Context(), ref, messaging.Claim{ID: id, SeenState: w.Batch.State, SeenClaim: w.Claim, At: instant(50)})
	if err != nil {
		tb.Fatalf("Claim(%s): %v", id, err)
	}
}

func settleBatch(tb testing.TB, s messaging.Store, ref messaging.BatchRef, st messaging.Settlement) {
	tb.Helper()
	if err := s.Settle(tb.Context(), ref, st); err != nil {
		tb.Fatalf("Settle(%s): %v", st.State, err)
	}
}

// accepted is the settlement of a yes.
func accepted(claim string) messaging.Settlement {
	return messaging.Settlement{
		Claim: claim, State: messaging.DeliveryAccepted, TaskID: "task-1", RequestID: "request-1",
		Answer: []byte(`{"errcode":0}`), Tracking: true, At: instant(60),
	}
}

// notAccepted is a settlement in another state.
func notAccepted(claim string, state messaging.DeliveryState) messaging.Settlement {
	return messaging.Settlement{
		Claim: claim, State: state, Failure: failure("40001"), NextAt: instant(100), At: instant(60),
	}
}

func failure(upstream string) *messaging.Failure {
	return &messaging.Failure{
		Code: provider.PermissionDenied, Reason: "reason", Message: provider.Text{ZH: "失败", EN: "failed"},
		Remedy: provider.Text{ZH: "授权", EN: "grant it"}, Provider: provider.DingTalk, Op: "send",
		Upstream: upstream, UpstreamMessage: "no 'right'", RequestID: "r-1",
	}
}

// acceptedBatch returns a message whose only batch was accepted and is tracked.
func acceptedBatch(tb testing.TB, s messaging.Store, size int) (messaging.NewMessage, messaging.BatchRef) {
	tb.Helper()
	m := createMessage(tb, s, newMessage(here, 1, size))
	ref := batchOf(m, 1)
	claimBatch(tb, s, ref, "claim-1")
	settleBatch(tb, s, ref, accepted("claim-1"))
	return m, ref
}

// deliveriesOf reads all deliveries of a message.
func deliveriesOf(
	tb testing.TB, s messaging.Store, m messaging.NewMessage, states ...messaging.DeliveryState,
) []messaging.Delivery {
	tb.Helper()
	var all []messaging.Delivery
	p := tenant.Page{Limit: tenant.MaxPageLimit}
	for {
		list, err := s.Deliveries(tb.Context(), m.Message.Tenant, m.Message.ID, messaging.DeliveryFilter{States: states}, p)
		if err != nil {
			tb.Fatalf("Deliveries: %v", err)
		}
		all = append(all, list.Items...)
		if list.Next == "" {
			return all
		}
		p.Cursor = list.Next
	}
}

// wantStates compares the states of a message's deliveries, in order, and its
// counts.
func wantStates(tb testing.TB, s messaging.Store, m messaging.NewMessage, want ...messaging.DeliveryState) {
	tb.Helper()
	var got []messaging.DeliveryState
	counts := make(map[messaging.DeliveryState]int)
	for _, d := range deliveriesOf(tb, s, m) {
		got = append(got, d.State)
		counts[d.State]++
	}
	if !reflect.DeepEqual(got, want) {
		tb.Errorf("delivery states: got %v, want %v", got, want)
	}
	if kept := readMessage(tb, s, m).Counts; !maps.Equal(kept, counts) {
		tb.Errorf("counts: got %v, want those of the deliveries, %v", kept, counts)
	}
}

func wantState(tb testing.TB, s messaging.Store, m messaging.NewMessage, want messaging.State) {
	tb.Helper()
	if got := readMessage(tb, s, m).State; got != want {
		tb.Errorf("message state: got %s, want %s", got, want)
	}
}

func wantTime(tb testing.TB, what string, got, want time.Time) {
	tb.Helper()
	if !got.Equal(want) || got.Location() != time.UTC {
		tb.Errorf("%s: got %s, want %s", what, got, want)
	}
}
