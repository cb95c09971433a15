package providertest

import (
	"bytes"
	"context"
	"maps"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// sampleEvents returns one event of each kind.
func sampleEvents() []provider.Event {
	var list []provider.Event
	for _, kind := range []provider.EventKind{
		provider.PersonJoined, provider.PersonChanged, provider.PersonActivated, provider.PersonLeft,
	} {
		list = append(list, provider.Event{Kind: kind, People: []provider.UserID{"amy", "ben"}})
	}
	for _, kind := range []provider.EventKind{
		provider.DepartmentCreated, provider.DepartmentChanged, provider.DepartmentRemoved,
	} {
		list = append(list, provider.Event{Kind: kind, Departments: []provider.DepartmentID{"10", "20"}})
	}
	return list
}

// events are those that the office app can tell.
func (s subject) events() []provider.Event {
	if s.Events != nil {
		return s.Events
	}
	return sampleEvents()
}

// other is an event of the same kind about others.
func other(e provider.Event) provider.Event {
	for i, id := range e.People {
		e.People = slices.Clone(e.People)
		e.People[i] = id + "2"
	}
	for i, id := range e.Departments {
		e.Departments = slices.Clone(e.Departments)
		e.Departments[i] = id + "2"
	}
	return e
}

// wantEvent compares an event with what the office app was made to tell.
func wantEvent(tb testing.TB, got, want provider.Event) {
	tb.Helper()
	if got.ID == "" || got.Type == "" {
		tb.Errorf("event %+v has no id or type", got)
	}
	if got.Kind != want.Kind || !slices.Equal(got.People, want.People) || !slices.Equal(got.Departments, want.Departments) {
		tb.Errorf("event is %+v, told was %+v", got, want)
	}
}

func runDecoder(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"every kind", func(t *testing.T, s subject) {
			d := s.decoder(t)
			for _, want := range s.events() {
				a, err := d.DecodeEvent(t.Context(), s.Callback(t, want))
				if err != nil || len(a.Events) != 1 {
					t.Fatalf("DecodeEvent: %+v, %v; want one event", a, err)
				}
				if len(a.Body) > 0 && a.ContentType == "" {
					t.Errorf("the answer %s has no type", a.Body)
				}
				wantEvent(t, a.Events[0], want)
				s.wantNoSecretsIn(t, "the answer", string(a.Body))
			}
		}},
		{"repeated", func(t *testing.T, s subject) {
			d := s.decoder(t)
			ids := make(map[string]bool)
			var told []provider.Event
			for _, e := range s.events() {
				told = append(told, e, other(e)) // often in one second
			}
			for _, e := range told {
				r := s.Callback(t, e)
				first, err := d.DecodeEvent(t.Context(), r)
				again, err2 := d.DecodeEvent(t.Context(), r)
				if err != nil || err2 != nil || len(first.Events) != 1 || len(again.Events) != 1 {
					t.Fatalf("DecodeEvent twice: %v, %v", err, err2)
				}
				if first.Events[0].ID != again.Events[0].ID {
					t.Errorf("one event has the ids %q and %q", first.Events[0].ID, again.Events[0].ID)
				}
				if ids[first.Events[0].ID] {
					t.Errorf("two events have the id %q", first.Events[0].ID)
				}
				ids[first.Events[0].ID] = true
			}
		}},
		{"forged", func(t *testing.T, s subject) {
			d := s.decoder(t)
			for what, r := range forgeries(s.Callback(t, s.events()[0]), s.CallbackHeaders) {
				a, err := d.DecodeEvent(t.Context(), r)
				wantError(t, what, s.Kind(), err, provider.Unauthenticated, provider.InvalidArgument, provider.PermissionDenied)
				if len(a.Events) > 0 || len(a.Body) > 0 {
					t.Errorf("%s: events %+v and the answer %s beside an error", what, a.Events, a.Body)
				}
				s.wantNoSecrets(t, what, err)
			}
		}},
		{"of another organisation", func(t *testing.T, s subject) {
			d := s.decoder(t)
			if s.CallbackForeign == nil {
				t.Skip("the harness makes no callbacks of another organisation")
			}
			a, err := d.DecodeEvent(t.Context(), s.CallbackForeign(t))
			wantError(t, "DecodeEvent", s.Kind(), err, provider.PermissionDenied)
			if len(a.Events) > 0 || len(a.Body) > 0 {
				t.Errorf("events %+v and the answer %s beside an error", a.Events, a.Body)
			}
		}},
		{"not fresh", func(t *testing.T, s subject) {
			d := s.decoder(t)
			for _, by := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
				r := s.Callback(t, s.events()[0])
				r.At = r.At.Add(by)
				_, err := d.DecodeEvent(t.Context(), r)
				wantError(t, "a callback of another day", s.Kind(), err, provider.Unauthenticated)
			}
		}},
		{"check of the address", func(t *testing.T, s subject) {
			d := s.decoder(t)
			if s.CallbackCheck == nil {
				t.Skip("the harness knows no check of an address")
			}
			a, err := d.DecodeEvent(t.Context(), s.CallbackCheck(t))
			if err != nil || len(a.Events) > 0 || len(a.Body) == 0 {
				t.Errorf("DecodeEvent of a check: %+v, %v; want an answer and no events", a, err)
			}
		}},
		{"makes no call", func(t *testing.T, s subject) {
			d := s.decoder(t)
			r := s.Callback(t, s.events()[0])
			defer s.breakDown(t, FaultHang)()
			err := during(t, FaultHang, func(ctx context.Context) error {
				_, err := d.DecodeEvent(ctx, r)
				return err
			})
			if err != nil {
				t.Errorf("DecodeEvent while the office app hangs: %v", err)
			}
		}},
	})
}

func (s subject) decoder(t *testing.T) provider.EventDecoder {
	t.Helper()
	d := ability[provider.EventDecoder](t, s)
	if s.Callback == nil {
		t.Skip("the harness makes no callbacks")
	}
	return d
}

// forgeries are a request with something about it changed or missing: its body,
// its query, or one of the headers that it is verified by.
func forgeries(r provider.CallbackRequest, headers []string) map[string]provider.CallbackRequest {
	all := map[string]provider.CallbackRequest{"nothing": {At: r.At}, "no body": {Query: r.Query, Header: r.Header, At: r.At}}
	if middle := bytes.Clone(r.Body); len(middle) > 0 {
		middle[len(middle)/2] ^= 1
		all["another body"] = provider.CallbackRequest{Query: r.Query, Header: r.Header, Body: middle, At: r.At}
	}
	for name := range r.Query {
		q := maps.Clone(r.Query)
		q[name] = []string{q.Get(name) + "0"}
		all["query "+name+" changed"] = provider.CallbackRequest{Query: q, Header: r.Header, Body: r.Body, At: r.At}
		q = maps.Clone(r.Query)
		delete(q, name)
		all["query "+name+" missing"] = provider.CallbackRequest{Query: q, Header: r.Header, Body: r.Body, At: r.At}
	}
	for _, name := range headers {
		h := r.Header.Clone()
		h.Set(name, h.Get(name)+"0")
		all["header "+name+" changed"] = provider.CallbackRequest{Query: r.Query, Header: h, Body: r.Body, At: r.At}
		h = r.Header.Clone()
		h.Del(name)
		all["header "+name+" missing"] = provider.CallbackRequest{Query: r.Query, Header: h, Body: r.Body, At: r.At}
	}
	if len(r.Query) > 0 {
		all["no query"] = provider.CallbackRequest{Query: url.Values{}, Header: r.Header, Body: r.Body, At: r.At}
	}
	return all
}
