package dingtalktest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Paths the tests call.
const (
	pathGetToken    = "/gettoken"
	pathAccessToken = "/v1.0/oauth2/accessToken"
	pathScopes      = "/auth/scopes"
	pathListSub     = "/topapi/v2/department/listsub"
	pathListSubID   = "/topapi/v2/department/listsubid"
	pathDepartment  = "/topapi/v2/department/get"
	pathParents     = "/topapi/v2/department/listparentbydept"
	pathUsers       = "/topapi/v2/user/list"
	pathSimple      = "/topapi/user/listsimple"
	pathUserIDs     = "/topapi/user/listid"
	pathUser        = "/topapi/v2/user/get"
	pathByMobile    = "/topapi/v2/user/getbymobile"
	pathByUnion     = "/topapi/user/getbyunionid"
	pathCount       = "/topapi/user/count"
	pathSend        = "/topapi/message/corpconversation/asyncsend_v2"
	pathProgress    = "/topapi/message/corpconversation/getsendprogress"
	pathResult      = "/topapi/message/corpconversation/getsendresult"
	pathRecall      = "/topapi/message/corpconversation/recall"
	pathStatusBar   = "/topapi/message/corpconversation/status_bar/update"
	pathUpload      = "/media/upload"
	pathRobotSend   = "/v1.0/robot/oToMessages/batchSend"
	pathRobotRead   = "/v1.0/robot/oToMessages/readStatus"
	pathRobotRecall = "/v1.0/robot/otoMessages/batchRecall"
	pathGroupSend   = "/v1.0/robot/groupMessages/send"
	pathGroupQuery  = "/v1.0/robot/groupMessages/query"
	pathGroupRecall = "/v1.0/robot/groupMessages/recall"
	pathWebhook     = "/robot/send"
)

const (
	corp  = "dingcorp"
	agent = 1001
	robot = "dingrobot"
)

// company is small enough to check by eye:
//
//	1 华星科技            boss
//	├─ 10 研发中心        alice (leader), dave
//	│  └─ 11 后端组       bob
//	└─ 20 销售部          alice, carol
func company() dingtalktest.Company {
	return dingtalktest.Company{
		CorpID: corp, Name: "华星科技",
		Departments: []dingtalktest.Department{
			{ID: 11, ParentID: 10, Name: "后端组", Order: 1},
			{ID: 20, Name: "销售部", Order: 2, SourceIdentifier: "S-20", AutoAddUser: true},
			{ID: 10, Name: "研发中心", Order: 1, ManagerUserIDs: []string{"alice"}, CreateGroup: true},
		},
		People: []dingtalktest.Person{
			{UserID: "boss", Name: "王总", Mobile: "13800000000", Boss: true, Admin: true},
			{
				UserID: "alice", UnionID: "union-alice", Name: `艾"丽丝`, Mobile: "13800000001", Email: "alice@example.com",
				Title: "总监", JobNumber: "A1", ManagerUserID: "boss", HiredDate: time.UnixMilli(1597573616000),
				Extension: map[string]string{"爱好": "旅游", "年龄": "24"},
				Memberships: []dingtalktest.Membership{
					{DepartmentID: 10, Leader: true, Order: 5}, {DepartmentID: 20, Order: 1},
				},
			},
			{UserID: "bob", Name: "鲍勃", Mobile: "13800000002", Memberships: in(11)},
			{UserID: "carol", Name: "卡罗尔", Inactive: true, Memberships: in(20)},
			{UserID: "dave", Name: "戴夫", Mobile: "13800000002", Memberships: []dingtalktest.Membership{{DepartmentID: 10, Order: 9}}},
		},
		Apps: []dingtalktest.App{{Name: "应用", ClientID: "key", ClientSecret: "secret", AgentID: agent, RobotCode: robot}},
	}
}

func in(ids ...int64) []dingtalktest.Membership {
	m := make([]dingtalktest.Membership, len(ids))
	for i, id := range ids {
		m[i].DepartmentID = id
	}
	return m
}

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bundle is a running emulator with the small company, and a client of its app.
type bundle struct {
	*dingtalktest.Server

	t     *testing.T
	clock *clock
	token string
}

func setup(t *testing.T, change ...func(*dingtalktest.Options)) *bundle {
	t.Helper()
	clk := newClock()
	opts := dingtalktest.Options{Companies: []dingtalktest.Company{company()}, Now: clk.Now}
	for _, f := range change {
		f(&opts)
	}
	b := &bundle{Server: dingtalktest.NewServerWith(t, opts), t: t, clock: clk}
	b.fetch()
	return b
}

// withApp changes the small company's app before the start.
func withApp(change func(*dingtalktest.App)) func(*dingtalktest.Options) {
	return func(o *dingtalktest.Options) { change(&o.Companies[0].Apps[0]) }
}

// fetch gets the token that call uses; it stays empty when it is refused.
func (b *bundle) fetch() {
	b.t.Helper()
	b.token, _ = b.get(pathGetToken + "?appkey=key&appsecret=secret").body["access_token"].(string)
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

func (b *bundle) do(req *http.Request) answer {
	b.t.Helper()
	resp, err := b.Client().Do(req)
	if err != nil {
		b.t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	defer resp.Body.Close()
	a := answer{t: b.t, status: resp.StatusCode, header: resp.Header}
	if a.raw, err = io.ReadAll(resp.Body); err != nil {
		b.t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	if err := json.Unmarshal(a.raw, &a.body); err != nil {
		b.t.Fatalf("%s %s: body %q: %v", req.Method, req.URL.Path, a.raw, err)
	}
	return a
}

func (b *bundle) request(method, pathAndQuery, contentType string, body []byte) *http.Request {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.URL+pathAndQuery, bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	return req
}

func (b *bundle) get(pathAndQuery string) answer {
	b.t.Helper()
	return b.do(b.request(http.MethodGet, pathAndQuery, "", nil))
}

// params are written as JSON or as a form.
type params map[string]any

// with returns a copy with one more.
func (p params) with(name string, value any) params {
	c := maps.Clone(p)
	c[name] = value
	return c
}

// without returns a copy with one less.
func (p params) without(name string) params {
	c := maps.Clone(p)
	delete(c, name)
	return c
}

// post calls an endpoint with JSON and without a token.
func (b *bundle) post(pathAndQuery string, p params) answer {
	b.t.Helper()
	body, err := json.Marshal(p)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(b.request(http.MethodPost, pathAndQuery, "application/json", body))
}

// call calls an endpoint of the old API with the token.
func (b *bundle) call(path string, p params) answer {
	b.t.Helper()
	return b.post(path+"?access_token="+b.token, p)
}

// callNew calls an endpoint of the new API with the token: GET without
// parameters, POST with them.
func (b *bundle) callNew(pathAndQuery string, p params) answer {
	b.t.Helper()
	method, body := http.MethodGet, []byte(nil)
	if p != nil {
		method = http.MethodPost
		var err error
		if body, err = json.Marshal(p); err != nil {
			b.t.Fatal(err)
		}
	}
	req := b.request(method, pathAndQuery, "application/json", body)
	req.Header.Set("X-Acs-Dingtalk-Access-Token", b.token)
	return b.do(req)
}

// callForm is call with a form that carries the token, too, as in DingTalk's
// samples.
func (b *bundle) callForm(path string, form url.Values) answer {
	b.t.Helper()
	form.Set("access_token", b.token)
	return b.do(b.request(http.MethodPost, path, "application/x-www-form-urlencoded; charset=utf-8", []byte(form.Encode())))
}

// code is the true error number: sub_code where the gateway wrapped it.
func (a answer) code() (code int, wrapped bool) {
	a.t.Helper()
	n, ok := a.body["errcode"].(float64)
	if !ok {
		a.t.Fatalf("no errcode in %s", a.raw)
	}
	if sub, ok := a.body["sub_code"].(string); ok && n == 88 {
		code := 0
		for _, c := range sub {
			code = code*10 + int(c-'0')
		}
		return code, true
	}
	return int(n), false
}

// want checks the plain error number.
func (a answer) want(code int) answer {
	a.t.Helper()
	got, wrapped := a.code()
	if got != code || wrapped || a.status != http.StatusOK {
		a.t.Fatalf("status %d, errcode %d (wrapped %t), want 200 and %d plain: %s", a.status, got, wrapped, code, a.raw)
	}
	if _, ok := a.body["request_id"].(string); !ok {
		a.t.Errorf("no request_id in %s", a.raw)
	}
	return a
}

// wantWrapped checks an error number inside of 88.
func (a answer) wantWrapped(code int) answer {
	a.t.Helper()
	got, wrapped := a.code()
	if got != code || !wrapped || a.status != http.StatusOK {
		a.t.Fatalf("status %d, errcode %d (wrapped %t), want 200 and %d wrapped: %s", a.status, got, wrapped, code, a.raw)
	}
	return a
}

// wantNew checks a refusal of the new API.
func (a answer) wantNew(status int, code string) answer {
	a.t.Helper()
	if a.status != status || a.body["code"] != code {
		a.t.Fatalf("status %d, code %v, want %d %s: %s", a.status, a.body["code"], status, code, a.raw)
	}
	if a.body["requestid"] != a.header.Get("X-Acs-Request-Id") || a.body["requestid"] == "" {
		a.t.Errorf("requestid %v, header %q, want the same", a.body["requestid"], a.header.Get("X-Acs-Request-Id"))
	}
	return a
}

// result decodes the object under a name.
func (a answer) object(name string) map[string]any {
	a.t.Helper()
	o, ok := a.body[name].(map[string]any)
	if !ok {
		a.t.Fatalf("no object %s in %s", name, a.raw)
	}
	return o
}

func (a answer) result() map[string]any { a.t.Helper(); return a.object("result") }

// texts turns a decoded list of strings into one.
func texts(list any) []string {
	var out []string
	items, _ := list.([]any)
	for _, v := range items {
		s, _ := v.(string)
		out = append(out, s)
	}
	return out
}

// numbers turns a decoded list of numbers into one.
func numbers(list any) []int64 {
	var out []int64
	items, _ := list.([]any)
	for _, v := range items {
		n, _ := v.(float64)
		out = append(out, int64(n))
	}
	return out
}

// pluck returns one field of every object in a decoded list.
func pluck[T any](list any, field string) []T {
	var out []T
	items, _ := list.([]any)
	for _, v := range items {
		o, _ := v.(map[string]any)
		f, _ := o[field].(T)
		out = append(out, f)
	}
	return out
}

func equal[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// eventually waits for something that another goroutine brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}
