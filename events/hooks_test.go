package events_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestHostFunctions(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	var one, all []events.Event
	check(t, b.On(finished, func(ctx context.Context, e events.Event) error {
		if a, ok := tenant.ActorFrom(ctx); !ok || !a.System {
			t.Errorf("called as %+v, want the system", a)
		}
		one = append(one, e)
		return nil
	}))
	check(t, b.On(events.All, func(_ context.Context, e events.Event) error { all = append(all, e); return nil }))
	b.publish(t, here, finished, "m-1")
	b.publish(t, there, left, "p-1")
	b.run(t, 0)
	if len(one) != 1 || len(all) != 2 {
		t.Fatalf("called with %+v and %+v", one, all)
	}
	e := one[0]
	if e.Type != finished || e.Tenant != here || string(e.Data) != `{"subject":"m-1"}` || e.ID == "" ||
		!e.At.Equal(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v", e)
	}
	if e.ID != all[0].ID && e.ID != all[1].ID {
		t.Error("one event has two ids")
	}
}

func TestHostFunctionIsRetried(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	calls, others := 0, 0
	var ids []string
	check(t, b.On(finished, func(_ context.Context, e events.Event) error {
		calls++
		ids = append(ids, e.ID)
		if calls == 1 {
			panic("out of range")
		}
		return errors.New("ledger away")
	}))
	check(t, b.On(finished, func(context.Context, events.Event) error { others++; return nil }))
	b.publish(t, here, finished, "m-1")
	b.run(t, 3*time.Second)
	if calls != 1 || others != 1 {
		t.Errorf("at first: %d and %d calls, want one each", calls, others)
	}
	b.run(t, 4*time.Second)
	if calls != 2 {
		t.Errorf("after seven seconds: %d calls, want 2", calls)
	}
	b.run(t, 30*time.Hour)
	if calls != attempts || others != 1 || b.runner.Len() != 0 || len(b.runner.Failures()) != 0 {
		t.Errorf("in the end: %d and %d calls, %d jobs, errors %v", calls, others, b.runner.Len(), b.runner.Failures())
	}
	for _, id := range ids {
		if id != ids[0] {
			t.Error("a repeat has another id")
		}
	}
	for _, want := range []string{"out of range", "ledger away", "event given up"} {
		if !strings.Contains(b.logs.String(), want) {
			t.Errorf("the log lacks %q", want)
		}
	}
}

func TestHostFunctionInterrupted(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	check(t, b.On(finished, func(ctx context.Context, _ events.Event) error { stop(); <-ctx.Done(); return ctx.Err() }))
	b.publish(t, here, finished, "m-1")
	q, _ := b.runner.Take(b.clock.Now())
	_ = b.runner.Work(ctx, b.Handlers(), q)
	if len(b.runner.Failures()) != 1 || !errors.Is(b.runner.Failures()[0], context.Canceled) || b.runner.Len() != 1 {
		t.Errorf("errors %v, %d jobs; want the job left as it is", b.runner.Failures(), b.runner.Len())
	}
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	fn := func(context.Context, events.Event) error { return nil }
	for _, bad := range []string{"", "*", events.Ping, finished, "a..b", ".a", "a.", "a-b", "消息", strings.Repeat("a", 65)} {
		if b.Describe(bad, about, b.describe) == nil {
			t.Errorf("described %q", bad)
		}
	}
	if b.Describe("run.finished", about, nil) == nil || b.On(finished, nil) == nil {
		t.Error("nothing was registered without an error")
	}
	if err := b.On("run.finished", fn); err == nil || !strings.Contains(err.Error(), finished) {
		t.Errorf("on an unknown type: %v, want the known ones", err)
	}
	for _, half := range []provider.Text{{}, {ZH: "无英文"}, {EN: "no Chinese"}} {
		if b.Describe("run.finished", half, b.describe) == nil {
			t.Errorf("described as %+v", half)
		}
	}
	check(t, b.Describe("run.finished_2", about, b.describe))
	check(t, b.On("run.finished_2", fn))
	b.Handlers()
	if b.Describe("too.late", about, b.describe) == nil || b.On(finished, fn) == nil {
		t.Error("registered after the handlers were handed out")
	}
	types, err := b.Types(as(t, tenant.RoleOperator), here)
	if want := []events.Type{{Name: finished, About: about}, {Name: left, About: about}, {Name: "run.finished_2", About: about}}; err != nil || !slices.Equal(types, want) {
		t.Errorf("got %v, %v; want %v", types, err, want)
	}
}

// Jobs of another release, or of another set of functions, are given up.
func TestForeignJobs(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for _, payload := range []string{
		`{`, `{}`, `null`, `{"attempt":1}`, `{"attempt":0,"subscription":"x"}`,
		`{"attempt":1,"hook":{"type":"*","index":0},"event":{"type":"message.finished"}}`,
		`{"attempt":1,"hook":{"type":"*","index":-1}}`, `{"attempt":1,"subscription":"x"}`,
	} {
		for _, h := range b.Handlers() {
			err := h.Work(t.Context(), jobs.Run{Kind: h.Kind, Tenant: string(here), Payload: []byte(payload), Attempt: 1})
			if _, dropped := jobs.AsDrop(err); err != nil && !dropped {
				t.Errorf("%s of %s: got %v, want it dropped", h.Kind, payload, err)
			}
		}
	}
}

func FuzzPayload(f *testing.F) {
	f.Add(`{"event":{"id":"1"},"subscription":"x","attempt":1}`, 1)
	f.Add(`{"hook":{"type":"*","index":-1},"attempt":99999999999}`, 0)
	f.Fuzz(func(t *testing.T, payload string, attempt int) {
		err := events.ReadPayload(jobs.Run{Payload: []byte(payload), Attempt: attempt})
		if _, dropped := jobs.AsDrop(err); err != nil && !dropped {
			t.Errorf("%q: got %v, want it dropped", payload, err)
		}
	})
}
