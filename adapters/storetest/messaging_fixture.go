package storetest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
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
			ID: messageID(n), Tenant: t, Provider: provider.DingTalk, AppID: "app-1", OrgID: "ding's corp", Channel: messaging.ChannelWork,
			Content:   provider.NewMarkdown("标题", `text with "quotes", 'quotes', ? and \ and $1`),
			CreatedBy: "id-9", CreatedByName: "张三", CreatedAt: instant(n),
		},
		Selection: messaging.Selection{Done: true},
	}
	next := 0
	for _, size := range sizes {
		m.Batches = append(m.Batches, people(next, size))
		next += size
	}
	return m
}

// parts returns n texts.
func parts(n int) []provider.Content {
	list := make([]provider.Content, n)
	for i := range list {
		list[i] = provider.NewText(fmt.Sprintf("(%d/%d) 正文 'x'", i+1, n))
	}
	return list
}

// splitMessage returns the n-th message, in several parts.
func splitMessage(t tenant.ID, n, count int, sizes ...int) messaging.NewMessage {
	m := newMessage(t, n, sizes...)
	m.Message.Parts = parts(count)
	return m
}

// everyone returns the n-th message, to everyone.
func everyone(t tenant.ID, n int) messaging.NewMessage {
	m := newMessage(t, n)
	m.Message.Everyone, m.Batches = true, [][]messaging.Recipient{{{All: true}}}
	return m
}

// selecting returns m with people who are still to be looked up.
func selecting(m messaging.NewMessage) messaging.NewMessage {
	m.Message.Resolving = true
	m.Selection = messaging.Selection{
		DepartmentIDs: []string{"d-1", "部门"}, Roles: []string{"ops"}, Known: []provider.UserID{"p-0"},
	}
	return m
}

func createMessage(tb testing.TB, s messaging.Store, m messaging.NewMessage) messaging.NewMessage {
	tb.Helper()
	if err := s.CreateMessages(tb.Context(), m); err != nil {
		tb.Fatalf("CreateMessages(%s): %v", m.Message.ID, err)
	}
	return m
}

// batchOf names a batch of a message.
func batchOf(m messaging.NewMessage, number int) messaging.BatchRef {
	return messaging.BatchRef{Tenant: m.Message.Tenant, MessageID: m.Message.ID, Number: number}
}

// workOne reads one batch; ErrNotFound when there is none.
func workOne(ctx context.Context, s messaging.Store, ref messaging.BatchRef) (messaging.Work, error) {
	found, err := s.Work(ctx, ref)
	if err != nil {
		return messaging.Work{}, err
	}
	w, ok := found[ref]
	if !ok {
		return messaging.Work{}, tenant.ErrNotFound
	}
	return w, nil
}

// claimOne claims one batch and returns why that was not possible.
func claimOne(ctx context.Context, s messaging.Store, ref messaging.BatchRef, c messaging.Claim) error {
	c.Batch = ref
	lost, err := s.Claim(ctx, c)
	return cmp.Or(err, lost[ref])
}

// settleOne settles one batch and returns why that was not possible.
func settleOne(ctx context.Context, s messaging.Store, ref messaging.BatchRef, st messaging.Settlement) error {
	st.Batch = ref
	lost, err := s.Settle(ctx, st)
	return cmp.Or(err, lost[ref])
}

// trackOne tracks one batch.
func trackOne(ctx context.Context, s messaging.Store, ref messaging.BatchRef, p messaging.Progress) (open bool, err error) {
	p.Batch = ref
	found, err := s.Track(ctx, p)
	return found[ref].Open, err
}

func readWork(tb testing.TB, s messaging.Store, ref messaging.BatchRef) messaging.Work {
	tb.Helper()
	w, err := workOne(tb.Context(), s, ref)
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
	err := claimOne(tb.Context(), s, ref, messaging.Claim{ID: id, SeenState: w.Batch.State, SeenClaim: w.Claim, At: instant(50)})
	if err != nil {
		tb.Fatalf("Claim(%s): %v", id, err)
	}
}

func settleBatch(tb testing.TB, s messaging.Store, ref messaging.BatchRef, st messaging.Settlement) {
	tb.Helper()
	if err := settleOne(tb.Context(), s, ref, st); err != nil {
		tb.Fatalf("Settle(%s): %v", st.State, err)
	}
}

// sendBatch claims a batch and settles it.
func sendBatch(tb testing.TB, s messaging.Store, ref messaging.BatchRef, state messaging.DeliveryState) {
	tb.Helper()
	claim := fmt.Sprintf("claim of %d, %s", ref.Number, state)
	claimBatch(tb, s, ref, claim)
	if state == messaging.DeliveryAccepted {
		settleBatch(tb, s, ref, accepted(claim))
		return
	}
	settleBatch(tb, s, ref, notAccepted(claim, state))
}

// accepted is the settlement of a yes.
func accepted(claim string) messaging.Settlement {
	return messaging.Settlement{
		Claim: claim, State: messaging.DeliveryAccepted, TaskID: "task-1", RequestID: "request-1", AppIdentity: "key's 1",
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

func batchesOf(tb testing.TB, s messaging.Store, m messaging.NewMessage) []messaging.Batch {
	tb.Helper()
	list, err := s.Batches(tb.Context(), m.Message.Tenant, m.Message.ID)
	if err != nil {
		tb.Fatalf("Batches: %v", err)
	}
	return list
}

// wantBatches compares the batches of a message, each as its number, part,
// state and number of people.
func wantBatches(tb testing.TB, s messaging.Store, m messaging.NewMessage, want ...string) {
	tb.Helper()
	var got []string
	for _, b := range batchesOf(tb, s, m) {
		got = append(got, fmt.Sprintf("%d part %d %s %d", b.Number, b.Part, b.State, b.Recipients))
	}
	if !slices.Equal(got, want) {
		tb.Errorf("batches: got %q\nwant %q", got, want)
	}
}

// wantRefs compares references to batches of one message by their numbers.
func wantRefs(tb testing.TB, op string, m messaging.NewMessage, got []messaging.BatchRef, want ...int) {
	tb.Helper()
	list := make([]messaging.BatchRef, len(want))
	for i, number := range want {
		list[i] = batchOf(m, number)
	}
	if !slices.Equal(got, list) {
		tb.Errorf("%s: got batches %v, want %v", op, got, list)
	}
}

// wantUsers compares the people that a batch is to be sent to.
func wantUsers(tb testing.TB, s messaging.Store, ref messaging.BatchRef, want ...int) {
	tb.Helper()
	list := make([]provider.UserID, len(want))
	for i, n := range want {
		list[i] = person(n).ProviderUserID
	}
	if got := readWork(tb, s, ref).Users; !slices.Equal(got, list) {
		tb.Errorf("users of batch %d: got %v, want %v", ref.Number, got, list)
	}
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
