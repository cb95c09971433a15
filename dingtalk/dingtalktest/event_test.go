package dingtalktest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

const (
	callbackToken = "testtoken123"
	callbackKey   = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPA"
)

// TestCallbackVectors: testdata/callback_crypto.json says how it was made.
func TestCallbackVectors(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/callback_crypto.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []map[string]any `json:"cases"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	for _, v := range file.Cases {
		text := func(name string) string { s, _ := v[name].(string); return s }
		if text("expect") != "ok" || strings.Contains(text("name"), "block16") {
			continue
		}
		cb := dingtalktest.Callback{Token: text("token"), AESKey: text("aes_key")}
		sealed, err := cb.Seal(text("plain_random"), text("plain_msg"), text("plain_owner"))
		if err != nil || sealed != text("encrypt") {
			t.Errorf("%s: %s, %v; want %s", text("name"), sealed, err, text("encrypt"))
		}
		message, owner, err := cb.Open(text("encrypt"))
		if err != nil || message != text("plain_msg") || owner != text("plain_owner") {
			t.Errorf("%s: %q for %q, %v", text("name"), message, owner, err)
		}
		if got := cb.Sign(text("timestamp"), text("nonce"), text("encrypt")); got != text("signature") {
			t.Errorf("%s: signature %s, want %s", text("name"), got, text("signature"))
		}
	}
}

// listener is an address that is told of events.
type listener struct {
	*httptest.Server
	dingtalktest.Callback

	mu    sync.Mutex
	heard []map[string]any
	// deaf is how many callbacks it does not answer as it should.
	deaf int
	// owner is whom the last one was for.
	owner string
}

func listen(t *testing.T) *listener {
	t.Helper()
	l := &listener{Callback: dingtalktest.Callback{Token: callbackToken, AESKey: callbackKey}}
	l.Server = httptest.NewServer(http.HandlerFunc(l.serve))
	l.Callback.URL = l.Server.URL + "/events?x=1"
	t.Cleanup(l.Server.Close)
	return l
}

func (l *listener) serve(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var body struct{ Encrypt string }
	q := r.URL.Query()
	if json.NewDecoder(r.Body).Decode(&body) != nil || q.Get("x") != "1" ||
		q.Get("msg_signature") != l.Sign(q.Get("timestamp"), q.Get("nonce"), body.Encrypt) {
		http.Error(w, "forged", http.StatusForbidden)
		return
	}
	message, owner, err := l.Open(body.Encrypt)
	var event map[string]any
	if err != nil || json.Unmarshal([]byte(message), &event) != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	l.owner = owner
	if l.deaf > 0 {
		l.deaf--
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	l.heard = append(l.heard, event)
	sealed, _ := l.Seal("0123456789abcdef", "success", owner)
	reply := map[string]string{"timeStamp": "1", "nonce": "n", "encrypt": sealed, "msg_signature": l.Sign("1", "n", sealed)}
	if err := json.NewEncoder(w).Encode(reply); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// told returns what was heard in a word each, once so much was.
func (l *listener) told(t *testing.T, n int) []string {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		heard := slices.Clone(l.heard)
		l.mu.Unlock()
		if len(heard) >= n || time.Now().After(deadline) {
			var words []string
			for _, e := range heard {
				words = append(words, strings.ReplaceAll(fmt.Sprintf("%v %v %v", e["EventType"], e["userId"], e["deptId"]), " <nil>", ""))
			}
			if len(words) != n {
				t.Fatalf("heard %v, want %d", words, n)
			}
			return words
		}
	}
}

// subscribe enters the listener's address in the console.
func subscribe(t *testing.T, b *bundle) *listener {
	t.Helper()
	l := listen(t)
	if err := b.SetCallback("key", &l.Callback); err != nil {
		t.Fatal(err)
	}
	equal(t, "check", l.told(t, 1), []string{"check_url"})
	l.set(func() { l.heard = nil })
	return l
}

// set changes the listener while it listens.
func (l *listener) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

func TestChangesFireEvents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.RemovePerson(corp, "dave"); err != nil { // nobody listens
		t.Fatal(err)
	}
	l := subscribe(t, b)
	for _, change := range []error{
		b.AddPerson(corp, dingtalktest.Person{UserID: "erin", Name: "艾琳", Inactive: true}),
		b.UpdatePerson(corp, "erin", func(p *dingtalktest.Person) { p.Inactive = false }),
		b.UpdatePerson(corp, "erin", func(p *dingtalktest.Person) { p.Email, p.AvatarURL = "erin@example.com", "x" }),
		b.UpdatePerson(corp, "erin", func(p *dingtalktest.Person) { p.AvatarURL = "y" }), // fires none
		b.RemovePerson(corp, "erin"),
		b.AddDepartment(corp, dingtalktest.Department{ID: 30, Name: "新"}),
		b.UpdateDepartment(corp, 30, func(*dingtalktest.Department) {}), // fires none
		b.UpdateDepartment(corp, 30, func(d *dingtalktest.Department) { d.Name = "旧" }),
		b.RemoveDepartment(corp, 30),
	} {
		if change != nil {
			t.Fatal(change)
		}
	}
	b.call(pathUserUpdate, params{"userid": "bob", "title": "主任"}).want(0)
	b.call(pathDepartmentUpdate, params{"dept_id": 11, "dept_manager_userid_list": "bob"}).want(0)
	equal(t, "told", l.told(t, 9), []string{
		"user_add_org [erin]", "user_active_org [erin]", "user_modify_org [erin]", "user_leave_org [erin]",
		"org_dept_create [30]", "org_dept_modify [30]", "org_dept_remove [30]",
		"user_modify_org [bob]", "org_dept_modify [11]",
	})
	same(t, "owner", l.owner, "key")
	first := l.heard[0]
	for _, field := range []string{"EventTime", "CorpId", "BizId", "eventId", "timeStamp"} {
		if first[field] == nil {
			t.Errorf("no %s in %v", field, first)
		}
	}
	if diff, _ := json.Marshal(l.heard[2]["diffInfo"]); string(diff) != `{"curr":{"email":"erin@example.com"},"prev":{},"userid":"erin"}` {
		t.Errorf("diffInfo = %s", diff)
	}
	if got := b.Events(corp); len(got) != 9 || got[0].ID == "" || !got[1].Time.After(got[0].Time) {
		t.Errorf("Events = %+v, want nine with ids and times that grow", got)
	}
	if err := b.SetCallback("key", nil); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return b.EventsPending("key") == 0 })
}

func TestEventRetryAndFailedList(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.EventRetry = []time.Duration{0, time.Millisecond} })
	l := subscribe(t, b)
	l.set(func() { l.deaf = 2 })
	tell := func(user string) {
		t.Helper()
		if err := b.Tell(corp, dingtalktest.Event{Type: dingtalktest.EventUserAdded, UserIDs: []string{user}}); err != nil {
			t.Fatal(err)
		}
	}
	tell("patient")
	equal(t, "told", l.told(t, 1), []string{"user_add_org [patient]"})
	l.set(func() { l.deaf = 3 })
	tell("lost")
	await(t, func() bool { return b.EventsPending("key") == 0 })
	failed := func() []string {
		a := b.get("/call_back/get_call_back_failed_result?access_token=" + b.token).want(0)
		same(t, "has_more", a.body["has_more"], any(false))
		return pluck[string](a.body["failed_list"], "call_back_tag")
	}
	equal(t, "failed", failed(), []string{"user_add_org"})
	equal(t, "failed, asked again", failed(), nil)
	if err := b.Tell(corp, dingtalktest.Event{}); !errors.Is(err, dingtalktest.ErrInvalid) {
		t.Errorf("event without type: %v", err)
	}
}

// await waits until something is true.
func await(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not become true")
		}
	}
}

func TestEventFaults(t *testing.T) {
	t.Parallel()
	tell := func(t *testing.T, b *bundle, n int) {
		t.Helper()
		for i := range n {
			if err := b.Tell(corp, dingtalktest.Event{Type: "t" + strconv.Itoa(i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		fault dingtalktest.EventFault
		want  []string
	}{
		"drop":    {dingtalktest.EventFault{Kind: dingtalktest.EventDrop, Skip: 1, Times: 1}, []string{"t0", "t2"}},
		"repeat":  {dingtalktest.EventFault{Kind: dingtalktest.EventRepeat, Type: "t1"}, []string{"t0", "t1", "t1", "t2"}},
		"reorder": {dingtalktest.EventFault{Kind: dingtalktest.EventReorder, Times: 1}, []string{"t1", "t0", "t2"}},
		"late":    {dingtalktest.EventFault{Kind: dingtalktest.EventDelay, Type: "t0", Delay: 50 * time.Millisecond}, []string{"t1", "t2", "t0"}},
		"other":   {dingtalktest.EventFault{Kind: dingtalktest.EventDrop, ClientID: "other"}, []string{"t0", "t1", "t2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			l := subscribe(t, b)
			script := b.FailEvents(c.fault)
			tell(t, b, 3)
			equal(t, "told", l.told(t, len(c.want)), c.want)
			if hits := script.Hits(); (hits == 1) != (name != "other") {
				t.Errorf("%d hits", hits)
			}
			script.Remove()
			l.set(func() { l.heard = nil })
			tell(t, b, 1)
			l.told(t, 1)
		})
	}
}

func TestEventFaultsMakeSense(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a fault that makes no sense was taken")
		}
	}()
	setup(t).FailEvents(dingtalktest.EventFault{Kind: "shout", Every: -1, Delay: -1})
}

func TestRegisterCallback(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := listen(t)
	get := func(path string) answer { t.Helper(); return b.get(path + "?access_token=" + b.token) }
	with := func(change string, value any) params {
		p := params{
			"call_back_tag": []string{"user_add_org", "org_dept_create"}, "token": callbackToken, "aes_key": callbackKey, "url": l.Callback.URL,
		}
		if change != "" {
			p[change] = value
		}
		return p
	}
	get("/call_back/get_call_back").want(71007)
	b.call("/call_back/update_call_back", with("", nil)).want(71007)
	deaf := httptest.NewServer(http.NotFoundHandler())
	defer deaf.Close()
	for _, c := range []struct {
		p    params
		want int
	}{
		{with("call_back_tag", []string{"no_such_event"}), 71008},
		{with("call_back_tag", nil), 71008},
		{with("url", "ftp://x"), 71011},
		{with("url", "http://127.0.0.1:1/"), 71012},
		{with("url", deaf.URL), 71009},
		{with("token", "short"), 71010},
		{with("aes_key", "short"), 900004},
	} {
		b.call("/call_back/register_call_back", c.p).want(c.want)
	}
	b.call("/call_back/register_call_back", with("", nil)).want(0)
	b.call("/call_back/register_call_back", with("", nil)).want(71006)
	same(t, "owner", l.owner, corp)
	a := get("/call_back/get_call_back").want(0)
	equal(t, "tags", texts(a.body["call_back_tag"]), []string{"user_add_org", "org_dept_create"})
	same(t, "url", a.body["url"], any(l.Callback.URL))

	for _, change := range []error{
		b.AddPerson(corp, dingtalktest.Person{UserID: "erin", Name: "艾琳"}),
		b.RemovePerson(corp, "erin"), // not registered
		b.AddDepartment(corp, dingtalktest.Department{ID: 30, Name: "新"}),
	} {
		if change != nil {
			t.Fatal(change)
		}
	}
	l.told(t, 3) // the check is the first
	same(t, "older spelling", fmt.Sprint(l.heard[1]["UserId"], l.heard[2]["DeptId"], l.heard[1]["eventId"]), "[erin] [30] <nil>")
	b.call("/call_back/update_call_back", with("call_back_tag", []string{"user_leave_org"})).want(0)
	get("/call_back/delete_call_back").want(0)
	get("/call_back/delete_call_back").want(71007)
}

func TestSetCallback(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *dingtalktest.Options) { o.PushTimeout = 50 * time.Millisecond })
	l := listen(t)
	moved := httptest.NewServer(http.RedirectHandler(l.Callback.URL, http.StatusFound))
	defer moved.Close()
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer slow.Close()
	defer close(release)
	for name, cb := range map[string]dingtalktest.Callback{
		"redirect": {URL: moved.URL, Token: callbackToken, AESKey: callbackKey},
		"slow":     {URL: slow.URL, Token: callbackToken, AESKey: callbackKey},
		"no url":   {Token: callbackToken, AESKey: callbackKey},
		"token":    {URL: l.Callback.URL, Token: "a b", AESKey: callbackKey},
		"aes_key":  {URL: l.Callback.URL, Token: callbackToken},
		"forged":   {URL: l.Callback.URL, Token: "another", AESKey: callbackKey},
	} {
		if err := b.SetCallback("key", &cb); !errors.Is(err, dingtalktest.ErrInvalid) {
			t.Errorf("%s: %v, want %v", name, err, dingtalktest.ErrInvalid)
		}
	}
	if err := b.SetCallback("nobody", nil); !errors.Is(err, dingtalktest.ErrNotFound) {
		t.Errorf("unknown app: %v", err)
	}
}

// TestCloseEndsRetries: an emulator that is closed tells nobody anything.
func TestCloseEndsRetries(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := subscribe(t, b)
	l.set(func() { l.deaf = 100 })
	if err := b.Tell(corp, dingtalktest.Event{Type: "t"}); err != nil {
		t.Fatal(err)
	}
	b.Server.Close()
	same(t, "pending", b.EventsPending("key") <= 1, true)
	b.Reset()
	same(t, "pending after Reset", b.EventsPending("key"), 0)
	same(t, "news after Reset", len(b.Events(corp)), 0)
}
