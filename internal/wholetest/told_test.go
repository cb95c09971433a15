package wholetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/events"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// ears are an endpoint and a function of the host that remember what they are
// told.
type ears struct {
	*httptest.Server

	mu     sync.Mutex
	secret string
	// told is what the endpoint was told, called what the function was, by the
	// events' ids.
	told, called map[string]events.Event
	faults       []error
}

func newEars(t *testing.T) *ears {
	t.Helper()
	e := &ears{told: map[string]events.Event{}, called: map[string]events.Event{}}
	e.Server = httptest.NewServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *ears) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	var event events.Event
	if err = errors.Join(err, json.Unmarshal(body, &event), events.Verify(r.Header, body, e.secret)); err != nil {
		e.faults = append(e.faults, err)
	}
	e.told[event.ID] = event
	w.WriteHeader(http.StatusNoContent)
}

func (e *ears) call(_ context.Context, event events.Event) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.called[event.ID] = event
	return nil
}

// lines returns what both were told once they have heard of the end of so many
// runs and of so many people and departments.
func (e *ears) lines(t *testing.T, runs, changes int) []string {
	t.Helper()
	var lines []string
	of := func(list map[string]events.Event) (found []string, ended int) {
		for _, event := range list {
			if event.Type == dirsync.EventRunFinished {
				ended++
			}
			if !strings.HasPrefix(event.Type, "directory.") {
				continue
			}
			var c dirsync.ChangeEvent
			check(t, json.Unmarshal(event.Data, &c))
			found = append(found, event.Type+" "+c.RemoteID)
		}
		slices.Sort(found)
		return found, ended
	}
	await(t, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		told, ended := of(e.told)
		called, also := of(e.called)
		lines = told
		return ended == runs && also == runs && len(told) == changes && slices.Equal(told, called)
	})
	return lines
}

// TestToldOfTheDirectory: a tenant's endpoint and the host's function hear of a
// run and of what it has changed, and nothing of people but their ids.
func TestToldOfTheDirectory(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		e := newEars(t)
		h := newHost(t, dsn, func(s *setup) {
			s.config.Events = events.Config{AllowHTTP: true, AllowPrivate: true}
			s.wire = func(m *thirdapp.Module) { check(t, m.Events().On(events.All, e.call)) }
		})
		h.connect(t)
		a := h.ask(t, request{
			method: http.MethodPost, path: "/subscriptions", user: owner, tenant: here,
			body: map[string]any{"url": e.URL, "types": []string{"*"}},
		})
		e.mu.Lock()
		e.secret = result[struct{ Secret string }](t, a).Secret
		e.mu.Unlock()
		h.pull(t)
		wantLines(t, "the first pull", e.lines(t, 1, 6), []string{
			"directory.department.created 1", "directory.department.created 2", "directory.department.created 3",
			"directory.person.created u-li", "directory.person.created u-wang", "directory.person.created u-zhang",
		})
		corp := h.emulator.CorpID()
		check(t, h.emulator.RemovePerson(corp, "u-li"))
		check(t, h.emulator.UpdatePerson(corp, "u-zhang", func(p *dingtalktest.Person) { p.Mobile = "13800000009" }))
		h.pull(t)
		lines := e.lines(t, 2, 8)
		for _, want := range []string{"directory.person.changed u-zhang", "directory.person.suspended u-li"} {
			if !slices.Contains(lines, want) {
				t.Errorf("told %v, want %s", lines, want)
			}
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		if len(e.faults) != 0 {
			t.Errorf("what came in was not signed: %v", e.faults)
		}
		for _, event := range e.told {
			for _, private := range []string{"138000", "张敏", "王伟", "李娜"} {
				if strings.Contains(string(event.Data), private) {
					t.Errorf("%s tells %s: %s", event.Type, private, event.Data)
				}
			}
			if event.Tenant != here {
				t.Errorf("told %+v", event)
			}
		}
	})
}

// TestEventTypes: whoever subscribes reads what there is in their language.
func TestEventTypes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		h := newHost(t, dsn)
		type row struct{ Type, Description string }
		list := request{path: "/events/types", user: owner, tenant: here}
		zh, en := all[row](t, h, list), all[row](t, h, list.in("en"))
		if len(zh) < 16 || len(zh) != len(en) {
			t.Fatalf("%d and %d types", len(zh), len(en))
		}
		for i := range zh {
			if zh[i].Type != en[i].Type || zh[i].Description == en[i].Description || zh[i].Description == "" || en[i].Description == "" {
				t.Errorf("%+v and %+v, want both languages", zh[i], en[i])
			}
		}
	})
}
