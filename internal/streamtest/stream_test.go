package streamtest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// TestFollowed: what changes at the office app is applied, in the tenant it is
// about and in no other, over connections that come back when they end.
func TestFollowed(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *host) {
		m := h.start(t, quick(), nil)
		app, other := h.connect(t, m, here, "dingAAAA"), h.connect(t, m, there, "dingBBBB")
		pull(t, m, here)
		pull(t, m, there)
		h.connected(t, appHere, 1)
		h.connected(t, appThere, 1)
		h.promote(t, m, here, "dingAAAA", "总监")
		s := setup(t, m, here, app)
		if s.Mode != "stream" || !s.Stream || s.StreamState.ConnectedAt.IsZero() || s.StreamState.Holder == "" ||
			s.StreamState.Failure != nil || s.State.LastType != "user_modify_org" || s.State.LastAt.IsZero() {
			t.Errorf("events %+v, want a connection, and the last event", s)
		}
		if s := setup(t, m, there, other); s.State.Events != 0 || len(runs(t, m, there)) != 1 {
			t.Errorf("events of the other tenant %+v, %d runs; want none but the pull", s, len(runs(t, m, there)))
		}

		h.office.DisconnectStreams(appHere)
		h.promote(t, m, here, "dingAAAA", "副总裁")
		h.office.CutStreams(appHere)
		eventually(t, "the cut shows", func() bool { return setup(t, m, here, app).StreamState.Failure != nil })
		h.promote(t, m, here, "dingAAAA", "总裁")
		s = setup(t, m, here, app)
		if f := s.StreamState.Failure; f.Code != "unavailable" || f.Message.IsZero() || f.Remedy.IsZero() || s.StreamState.FailedAt.IsZero() {
			t.Errorf("failure %+v, want the cut with a remedy", f)
		}
		h.connected(t, appHere, 1)
		if full := pull(t, m, here); len(full.Counts.Total()) != 0 {
			t.Errorf("the full run after it plans %v, want nothing", full.Counts)
		}
		stop(t, m)
		h.connected(t, appHere, 0)
		h.connected(t, appThere, 0)
	})
}

// TestRefused: who is refused says so and does not knock on and on; with the
// right secret it works at once.
func TestRefused(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *host) {
		m := h.start(t, quick(), nil)
		app := h.connect(t, m, here, "dingAAAA", "clientSecret", "another-secret-0123456789")
		h.connect(t, m, there, "dingBBBB")
		pull(t, m, there)
		eventually(t, "the refusal shows", func() bool { return setup(t, m, here, app).StreamState.Failure != nil })
		s := setup(t, m, here, app).StreamState
		if s.Failure.Code != "unauthenticated" || s.Failure.Remedy.IsZero() || s.FailedAt.IsZero() || !s.ConnectedAt.IsZero() || s.Holder == "" {
			t.Errorf("state %+v, %+v; want the refusal with a remedy, and who was refused", s, s.Failure)
		}
		h.promote(t, m, there, "dingBBBB", "总监") // others do not wait for it
		asked := 0
		for _, call := range h.office.Calls() {
			if call.Path == gateway && call.Params["clientId"] == appHere {
				asked++
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times with a wrong secret, want once until somebody does something", asked)
		}
		change(t, m, here, app, map[string]string{"clientSecret": h.settingsOf("dingAAAA")["clientSecret"]})
		h.connected(t, appHere, 1)
		eventually(t, "the connection shows", func() bool { return !setup(t, m, here, app).StreamState.ConnectedAt.IsZero() })
	})
}

// TestGatewayDown: it is asked again until it answers.
func TestGatewayDown(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *host) {
		m := h.start(t, quick(), nil)
		script := h.office.Fail(dingtalktest.Fault{Path: gateway, Kind: dingtalktest.ServerError, Status: http.StatusBadGateway})
		app := h.connect(t, m, here, "dingAAAA")
		pull(t, m, here)
		h.retitle(t, "dingAAAA", "总监")
		eventually(t, "it is asked again", func() bool { return h.office.CallCount(gateway) >= 3 })
		if s := setup(t, m, here, app).StreamState; s.Failure == nil || !s.ConnectedAt.IsZero() {
			t.Errorf("state %+v, want the failure", s)
		}
		script.Remove()
		followed(t, m, here, 1)
	})
}

// TestNotKept: an event that could not be stored is not acknowledged, and comes
// again.
func TestNotKept(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *host) {
		var store outage
		m := h.start(t, quick(), store.over)
		app := h.connect(t, m, here, "dingAAAA")
		pull(t, m, here)
		h.connected(t, appHere, 1)
		store.down.Store(true)
		h.retitle(t, "dingAAAA", "总监")
		eventually(t, "it could not be stored", func() bool { return setup(t, m, here, app).State.Failure == "unavailable" })
		if n := h.office.EventsPending(appHere); n == 0 {
			t.Error("an event that nobody has stored is acknowledged")
		}
		store.down.Store(false)
		followed(t, m, here, 1)
		eventually(t, "it is acknowledged", func() bool { return h.office.EventsPending(appHere) == 0 })
	})
}

// TestSwitchedOff: the connection of an app that is disabled, has its events sent
// in another way, or is deleted, ends; it begins with the settings.
func TestSwitchedOff(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *host) {
		m := h.start(t, quick(), nil)
		app := h.connect(t, m, here, "dingAAAA", "eventMode", "none")
		h.connect(t, m, there, "dingBBBB")
		h.connected(t, appThere, 1)
		if n := h.office.StreamConnections(appHere); n != 0 {
			t.Errorf("%d connections of an app that wants no events", n)
		}
		change(t, m, here, app, map[string]string{"eventMode": "stream"})
		h.connected(t, appHere, 1)
		enable(t, m, here, app, false)
		h.connected(t, appHere, 0)
		enable(t, m, here, app, true)
		h.connected(t, appHere, 1)
		change(t, m, here, app, map[string]string{"eventMode": "callback", "callbackToken": "Token1"})
		h.connected(t, appHere, 0)
		if s := setup(t, m, here, app); s.Mode != "callback" || s.StreamState != (dirsync.StreamState{}) {
			t.Errorf("events %+v, want nothing of a stream", s)
		}
		change(t, m, here, app, map[string]string{"eventMode": "stream"})
		h.connected(t, appHere, 1)
		check(t, m.Tenants().DeleteApp(as(t), here, app))
		h.connected(t, appHere, 0)
		if n := h.office.StreamConnections(appThere); n != 1 {
			t.Errorf("%d connections of the other tenant, want 1", n)
		}
	})
}

// TestBound: a process holds no more than it may, and who is left out is told so.
func TestBound(t *testing.T) {
	t.Parallel()
	h := newHost(t, sqlite(t))
	cfg := quick()
	cfg.MaxStreams = 1
	var store outage
	m := h.start(t, cfg, store.over)
	first, second := h.connect(t, m, here, "dingAAAA"), h.connect(t, m, there, "dingBBBB")
	h.connected(t, appHere, 1)
	seen := store.looks.Load()
	eventually(t, "it looks again", func() bool { return store.looks.Load() > seen+5 })
	if n := h.office.StreamConnections(appThere); n != 0 {
		t.Errorf("%d connections beyond the bound", n)
	}
	s := setup(t, m, there, second).StreamState
	if s.Holder != "" || s.Failure == nil || s.Failure.Reason != "stream_not_held" {
		t.Errorf("state %+v, want that nobody holds it", s)
	}
	check(t, m.Tenants().DeleteApp(as(t), here, first))
	h.connected(t, appThere, 1)

	stop(t, m) // one module at a time works on an SQLite file
	none := h.start(t, dirsync.Config{MaxStreams: -1}, nil)
	stop(t, none)
}

// TestCutOff: a process that cannot reach its database leaves its connections
// when others may have them, and takes them up again after it.
func TestCutOff(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, h *host) {
		var store outage
		cfg := quick()
		cfg.StreamLease = time.Second
		m := h.start(t, cfg, store.over)
		h.connect(t, m, here, "dingAAAA")
		pull(t, m, here)
		h.connected(t, appHere, 1)
		store.down.Store(true)
		h.connected(t, appHere, 0)
		store.down.Store(false)
		h.connected(t, appHere, 1)
		h.promote(t, m, here, "dingAAAA", "总监")
	})
}
