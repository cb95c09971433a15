package dingtalk_test

import (
	"encoding/json"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// callbackVector is a case of testdata/callback_crypto.json, which says how it
// was made.
type callbackVector struct {
	Name      string `json:"name"`
	Token     string `json:"token"`
	AESKey    string `json:"aes_key"`
	OwnerKey  string `json:"owner_key"`
	Timestamp string `json:"timestamp"`
	Nonce     string `json:"nonce"`
	Encrypt   string `json:"encrypt"`
	Signature string `json:"signature"`
	Random    string `json:"plain_random"`
	Message   string `json:"plain_msg"`
	Owner     string `json:"plain_owner"`
	Padding   int    `json:"pad_len"`
	Expect    string `json:"expect"`
}

func callbackVectors(tb testing.TB) []callbackVector {
	tb.Helper()
	b, err := os.ReadFile("testdata/callback_crypto.json")
	if err != nil {
		tb.Fatal(err)
	}
	var file struct {
		Cases []callbackVector `json:"cases"`
	}
	if err := json.Unmarshal(b, &file); err != nil || len(file.Cases) != 17 {
		tb.Fatalf("%d vectors, %v; want 17", len(file.Cases), err)
	}
	return file.Cases
}

func TestCallbackVectors(t *testing.T) {
	t.Parallel()
	for _, v := range callbackVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			key, err := dingtalk.NewCallbackKey(v.Token, v.AESKey)
			if err != nil {
				t.Fatal(err)
			}
			signature := key.Sign(v.Timestamp, v.Nonce, v.Encrypt)
			if (signature == v.Signature) != (v.Expect != "signature_mismatch") {
				t.Errorf("signature %s, the vector's is %s", signature, v.Signature)
			}
			message, owner, err := key.Decrypt(v.Encrypt)
			if v.Expect == "decrypt_error" {
				// What the damage leaves of the padding is not for sure caught
				// by it; the owner's key then is not right.
				if err == nil && string(owner) == v.OwnerKey {
					t.Error("damaged text was decrypted")
				}
				return
			}
			if err != nil || string(message) != v.Message || string(owner) != v.Owner {
				t.Errorf("decrypted %q for %q, %v; want %q for %q", message, owner, err, v.Message, v.Owner)
			}
			if v.Name == "computed_peer_uses_block16_padding" {
				return // not the way we pad
			}
			if got := key.Encrypt(v.Random, v.Message, v.Owner); got != v.Encrypt {
				t.Errorf("encrypted %s, want %s", got, v.Encrypt)
			}
		})
	}
}

// subscribed are settings for the vectors that we computed.
func subscribed(change ...func(*provider.Settings)) provider.Settings {
	s := settings()
	s.Values[provider.SettingOrgID] = "dingcorp0001"
	s.Values[provider.SettingClientID] = "dingtestappkey001"
	s.Secrets[dingtalk.SettingCallbackToken] = provider.NewSecret("testtoken123")
	s.Secrets[dingtalk.SettingCallbackAESKey] = provider.NewSecret("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPA")
	for _, f := range change {
		f(&s)
	}
	return s
}

func decoder(tb testing.TB, s provider.Settings) *dingtalk.Provider {
	tb.Helper()
	return openWith(tb, dingtalk.Options{}, s, provider.Environment{})
}

// callbackAt is when the callbacks of these tests come.
var callbackAt = time.UnixMilli(1700000000000)

// request makes the callback of a vector.
func (v callbackVector) request() provider.CallbackRequest {
	return provider.CallbackRequest{
		Query: url.Values{"msg_signature": {v.Signature}, "timestamp": {v.Timestamp}, "nonce": {v.Nonce}},
		Body:  []byte(`{"encrypt":"` + v.Encrypt + `"}`), At: callbackAt,
	}
}

// sealed makes a callback of any message.
func sealed(tb testing.TB, token, aesKey, owner, message string) provider.CallbackRequest {
	tb.Helper()
	key, err := dingtalk.NewCallbackKey(token, aesKey)
	if err != nil {
		tb.Fatal(err)
	}
	v := callbackVector{Timestamp: strconv.FormatInt(callbackAt.UnixMilli(), 10), Nonce: "n", Encrypt: key.Encrypt("0123456789abcdef", message, owner)}
	v.Signature = key.Sign(v.Timestamp, v.Nonce, v.Encrypt)
	return v.request()
}

const (
	testToken  = "testtoken123"
	testAESKey = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPA"
	testOwner  = "dingtestappkey001"
)

func decode(t *testing.T, message string) provider.CallbackAnswer {
	t.Helper()
	a, err := decoder(t, subscribed()).DecodeEvent(t.Context(), sealed(t, testToken, testAESKey, testOwner, message))
	if err != nil {
		t.Fatalf("%s: %v", message, err)
	}
	wantSuccessReply(t, a, testToken, testAESKey, testOwner)
	return a
}

// wantSuccessReply opens an answer as DingTalk does.
func wantSuccessReply(t *testing.T, a provider.CallbackAnswer, token, aesKey, owner string) {
	t.Helper()
	var reply map[string]string
	if err := json.Unmarshal(a.Body, &reply); err != nil || len(reply) != 4 || !strings.HasPrefix(a.ContentType, "application/json") {
		t.Fatalf("answer %s of type %q, %v; want four texts", a.Body, a.ContentType, err)
	}
	key, err := dingtalk.NewCallbackKey(token, aesKey)
	if err != nil {
		t.Fatal(err)
	}
	if reply["msg_signature"] != key.Sign(reply["timeStamp"], reply["nonce"], reply["encrypt"]) {
		t.Error("the answer's signature is wrong")
	}
	message, to, err := key.Decrypt(reply["encrypt"])
	if err != nil || string(message) != "success" || string(to) != owner {
		t.Errorf("the answer is %q for %q, %v; want success", message, to, err)
	}
}

func TestDecodeVectors(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1663143335567)
	event := func(id, name string, kind provider.EventKind, people []provider.UserID, departments []provider.DepartmentID) []provider.Event {
		return []provider.Event{{
			ID: id, Kind: kind, Type: name, OrgID: "dingcorp0001", At: at, People: people, Departments: departments,
		}}
	}
	want := map[string][]provider.Event{
		"computed_user_add_org":         event("evt-0001", "user_add_org", provider.PersonJoined, []provider.UserID{"user001", "user002"}, nil),
		"computed_user_modify_org_utf8": event("evt-0002", "user_modify_org", provider.PersonChanged, []provider.UserID{"user001"}, nil),
		"computed_org_dept_remove":      event("evt-0003", "org_dept_remove", provider.DepartmentRemoved, nil, []provider.DepartmentID{"432825033"}),
	}
	p := decoder(t, subscribed())
	for _, v := range callbackVectors(t) {
		events, ok := want[v.Name]
		if !ok {
			continue
		}
		delete(want, v.Name)
		a, err := p.DecodeEvent(t.Context(), v.request())
		if err != nil || !reflect.DeepEqual(a.Events, events) {
			t.Errorf("%s: %+v, %v; want %+v", v.Name, a.Events, err, events)
			continue
		}
		wantSuccessReply(t, a, v.Token, v.AESKey, v.Owner)
	}
	if len(want) > 0 {
		t.Errorf("no vectors for %v", want)
	}
}

func TestDecodeSpellings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		message string
		want    provider.Event
	}{
		"capitals, as older subscriptions": {
			`{"EventType":"user_leave_org","TimeStamp":"1685501863357","UserId":["a","b","a"],"CorpId":"dingcorp0001"}`,
			provider.Event{Kind: provider.PersonLeft, Type: "user_leave_org", OrgID: "dingcorp0001", At: time.UnixMilli(1685501863357), People: []provider.UserID{"a", "b"}},
		},
		"capital departments": {
			`{"EventType":"org_dept_modify","DeptId":[1,2],"TimeStamp":1685501863}`,
			provider.Event{Kind: provider.DepartmentChanged, Type: "org_dept_modify", At: time.Unix(1685501863, 0), Departments: []provider.DepartmentID{"1", "2"}},
		},
		"lists as texts": {
			`{"EventType":"org_dept_create","deptId":"[7,\"8\"]","userId":"u","eventId":"e"}`,
			provider.Event{ID: "e", Kind: provider.DepartmentCreated, Type: "org_dept_create", People: []provider.UserID{"u"}, Departments: []provider.DepartmentID{"7", "8"}},
		},
		"activated": {
			`{"eventType":"user_active_org","userId":["u"],"eventId":"e","eventTime":"x"}`,
			provider.Event{ID: "e", Kind: provider.PersonActivated, Type: "user_active_org", People: []provider.UserID{"u"}},
		},
		"no type of DingTalk's": {
			`{"EventType":"` + strings.Repeat("类", 50) + `","eventId":"e"}`,
			provider.Event{ID: "e", Type: strings.Repeat("类", 42)},
		},
		"unknown": {
			`{"EventType":"bpms_task_change","eventId":"e","userId":null,"title":{"deep":[1]}}`,
			provider.Event{ID: "e", Type: "bpms_task_change"},
		},
	} {
		got := decode(t, c.message).Events
		if len(got) != 1 || got[0].ID == "" {
			t.Fatalf("%s: %+v, want one event with an id", name, got)
		}
		if c.want.ID == "" {
			c.want.ID = got[0].ID
		}
		if !reflect.DeepEqual(got[0], c.want) {
			t.Errorf("%s: %+v, want %+v", name, got[0], c.want)
		}
	}
}

// TestManyIDs: as many ids as this would take half an hour if each were compared
// with all others.
func TestManyIDs(t *testing.T) {
	t.Parallel()
	const n = 1_000_000
	ids := make([]wire.Text, 0, 2*n)
	for i := range 2 * n {
		ids = append(ids, wire.Text(strconv.Itoa(i%n)))
	}
	if got := dingtalk.Distinct(ids); len(got) != n || got[0] != "0" || got[n-1] != provider.UserID(strconv.Itoa(n-1)) {
		t.Errorf("%d ids, want %d in their order", len(got), n)
	}
}

// TestEventIDs: what is repeated has the same id, all else another.
func TestEventIDs(t *testing.T) {
	t.Parallel()
	ids, long := make(map[string]string), strings.Repeat("x", 1<<16)
	for _, message := range []string{
		`{"EventType":"user_add_org","TimeStamp":"1685501863357","UserId":["a","b"]}`,
		`{"EventType":"user_add_org","TimeStamp":"1685501863357","UserId":["ab"]}`,
		`{"EventType":"user_add_org","TimeStamp":"1685501863357","UserId":["a"],"DeptId":["b"]}`,
		`{"EventType":"user_add_org","TimeStamp":"1685501863358","UserId":["a","b"]}`,
		`{"EventType":"user_leave_org","TimeStamp":"1685501863357","UserId":["a","b"]}`,
		`{"EventType":"user_leave_org","BizId":"1"}`,
		`{"EventType":"user_leave_org","BizId":"2"}`,
		`{"EventType":"user_leave_org","eventId":"` + long + `1"}`,
		`{"EventType":"user_leave_org","eventId":"` + long + `2"}`,
	} {
		id := decode(t, message).Events[0].ID
		if again := decode(t, message).Events[0].ID; again != id {
			t.Errorf("%s has the ids %s and %s", message, id, again)
		}
		if other, ok := ids[id]; ok {
			t.Errorf("%s and %s have one id", message, other)
		}
		if len(id) > 128 {
			t.Errorf("an id of %d bytes", len(id))
		}
		ids[id] = message
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	if a := decode(t, `{"EventType":"check_url"}`); len(a.Events) > 0 {
		t.Errorf("events = %+v, want none", a.Events)
	}
	// A callback that was registered by API is encrypted for the company.
	p := decoder(t, subscribed())
	a, err := p.DecodeEvent(t.Context(), sealed(t, testToken, testAESKey, "dingcorp0001", `{"EventType":"check_url"}`))
	if err != nil {
		t.Fatal(err)
	}
	wantSuccessReply(t, a, testToken, testAESKey, "dingcorp0001")
}

func TestCallbackRefusals(t *testing.T) {
	t.Parallel()
	const check = `{"EventType":"check_url"}`
	good := func() provider.CallbackRequest { return sealed(t, testToken, testAESKey, testOwner, check) }
	changed := func(change func(*provider.CallbackRequest)) provider.CallbackRequest {
		r := good()
		change(&r)
		return r
	}
	foreign := sealed(t, testToken, testAESKey, testOwner, `{"EventType":"user_add_org","CorpId":"dingother","eventId":"1"}`)
	p := decoder(t, subscribed())
	for name, c := range map[string]struct {
		r    provider.CallbackRequest
		want provider.Code
	}{
		"no body":         {changed(func(r *provider.CallbackRequest) { r.Body = nil }), provider.InvalidArgument},
		"other body":      {changed(func(r *provider.CallbackRequest) { r.Body = []byte(`{"encrypt":""}`) }), provider.InvalidArgument},
		"no signature":    {changed(func(r *provider.CallbackRequest) { r.Query.Del("msg_signature") }), provider.Unauthenticated},
		"other signature": {changed(func(r *provider.CallbackRequest) { r.Query.Set("msg_signature", strings.Repeat("0", 40)) }), provider.Unauthenticated},
		"other nonce":     {changed(func(r *provider.CallbackRequest) { r.Query.Set("nonce", "m") }), provider.Unauthenticated},
		"other time":      {changed(func(r *provider.CallbackRequest) { r.Query.Set("timestamp", "1") }), provider.Unauthenticated},
		"no query":        {changed(func(r *provider.CallbackRequest) { r.Query = nil }), provider.Unauthenticated},
		"old":             {changed(func(r *provider.CallbackRequest) { r.At = callbackAt.Add(11 * time.Minute) }), provider.Unauthenticated},
		"from the future": {changed(func(r *provider.CallbackRequest) { r.At = callbackAt.Add(-11 * time.Minute) }), provider.Unauthenticated},
		"damaged": {changed(func(r *provider.CallbackRequest) {
			r.Body = []byte(strings.Replace(string(r.Body), "A", "B", 1))
		}), provider.Unauthenticated},
		"other token":    {sealed(t, "othertoken", testAESKey, testOwner, check), provider.Unauthenticated},
		"other aes_key":  {sealed(t, testToken, strings.Repeat("x", 43), testOwner, check), provider.Unauthenticated},
		"other owner":    {sealed(t, testToken, testAESKey, "dingotherappkey99", check), provider.PermissionDenied},
		"no owner":       {sealed(t, testToken, testAESKey, "", check), provider.PermissionDenied},
		"other company":  {foreign, provider.PermissionDenied},
		"not an event":   {sealed(t, testToken, testAESKey, testOwner, `[]`), provider.InvalidArgument},
		"no event type":  {sealed(t, testToken, testAESKey, testOwner, `{}`), provider.InvalidArgument},
		"nothing inside": {sealed(t, testToken, testAESKey, testOwner, ""), provider.InvalidArgument},
	} {
		a, err := p.DecodeEvent(t.Context(), c.r)
		e := asError(t, err)
		if e.Code != c.want || !e.Unsent || a.Body != nil || a.Events != nil {
			t.Errorf("%s: %+v and %s, want %s and no answer", name, e, a.Body, c.want)
		}
		if e.Code != provider.InvalidArgument && e.Remedy.IsZero() {
			t.Errorf("%s: no remedy", name)
		}
	}
	signed := changed(func(r *provider.CallbackRequest) {
		r.Query.Set("signature", strings.ToUpper(r.Query.Get("msg_signature")))
		r.Query.Del("msg_signature")
	})
	if _, err := p.DecodeEvent(t.Context(), signed); err != nil {
		t.Errorf("older name of the signature: %v", err)
	}
	_, err := decoder(t, settings()).DecodeEvent(t.Context(), good())
	if e := asError(t, err); e.Code != provider.FailedPrecondition || !strings.Contains(e.Remedy.ZH, "callbackAesKey") {
		t.Errorf("without a key: %+v", e)
	}
}

// TestKeyRotation: for a while both pairs are good, and each is answered with
// itself.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	const check = `{"EventType":"check_url"}`
	oldToken, oldKey := "oldtoken", strings.Repeat("z", 43)
	previous := func(token, key string) provider.Settings {
		return subscribed(func(s *provider.Settings) {
			s.Secrets[dingtalk.SettingCallbackTokenPrevious] = provider.NewSecret(token)
			s.Secrets[dingtalk.SettingCallbackAESKeyPrevious] = provider.NewSecret(key)
		})
	}
	for name, c := range map[string]struct{ token, key string }{
		"both":          {oldToken, oldKey},
		"token only":    {oldToken, ""},
		"aes_key only":  {"", oldKey},
		"nothing":       {"", ""},
		"the same pair": {testToken, testAESKey},
	} {
		p := decoder(t, previous(c.token, c.key))
		for _, pair := range [][2]string{
			{testToken, testAESKey},
			{orElse(c.token, testToken), orElse(c.key, testAESKey)},
		} {
			a, err := p.DecodeEvent(t.Context(), sealed(t, pair[0], pair[1], testOwner, check))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			wantSuccessReply(t, a, pair[0], pair[1], testOwner)
		}
		if _, err := p.DecodeEvent(t.Context(), sealed(t, "thirdtoken", testAESKey, testOwner, check)); err == nil {
			t.Errorf("%s: a third token is good", name)
		}
	}
}

func orElse(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// FuzzDecodeEvent: whatever comes, nothing panics, and nothing that is not
// signed is believed.
func FuzzDecodeEvent(f *testing.F) {
	for _, v := range callbackVectors(f) {
		f.Add(v.Signature, v.Timestamp, v.Nonce, `{"encrypt":"`+v.Encrypt+`"}`)
	}
	f.Add("", "", "", `{"encrypt":[]}`)
	f.Fuzz(func(t *testing.T, signature, timestamp, nonce, body string) {
		a, err := decoder(t, subscribed()).DecodeEvent(t.Context(), provider.CallbackRequest{
			Query: url.Values{"msg_signature": {signature}, "timestamp": {timestamp}, "nonce": {nonce}},
			Body:  []byte(body), At: callbackAt,
		})
		wantProviderError(t, err)
		if err != nil && (a.Body != nil || len(a.Events) > 0) {
			t.Errorf("answer %s beside an error", a.Body)
		}
		wantEvents(t, a.Events)
	})
}

// FuzzDecodeMessage decodes any signed message.
func FuzzDecodeMessage(f *testing.F) {
	for _, v := range callbackVectors(f) {
		f.Add(v.Message)
	}
	f.Add(`{"EventType":"user_add_org","UserId":"[[]]"}`)
	f.Fuzz(func(t *testing.T, message string) {
		a, err := decoder(t, subscribed()).DecodeEvent(t.Context(), sealed(t, testToken, testAESKey, testOwner, message))
		wantProviderError(t, err)
		wantEvents(t, a.Events)
	})
}

func wantEvents(t *testing.T, events []provider.Event) {
	t.Helper()
	for _, e := range events {
		if e.ID == "" || e.Type == "" {
			t.Errorf("event = %+v", e)
		}
		for _, id := range e.People {
			if id == "" {
				t.Errorf("event = %+v", e)
			}
		}
	}
}
