package transport_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// previewed is a preview as far as the tests look at it.
type previewed struct {
	Kind        dirsync.Kind
	InScope     bool
	Refusal     *struct{ ZH, EN string }
	Reasons     []struct{ ZH, EN string }
	Departments []struct {
		DepartmentID, DecidedBy string
		InScope                 bool
		Rule                    dirsync.ScopeRule
	}
	Account struct{ LocalID, Username, MatchedBy, Join, Password string }
	Fields  []struct{ Field, Before, After, Provider, Owner, Effect string }
}

// effect returns the line about a field.
func (p previewed) effect(field string) string {
	for _, f := range p.Fields {
		if f.Field == field {
			return fmt.Sprintf("%s: %q -> %q of %q, %s", f.Effect, f.Before, f.After, f.Provider, f.Owner)
		}
	}
	return ""
}

func previewRequest(user, body string) request {
	return request{method: http.MethodPost, path: "/sync/preview", user: user, tenant: here, body: body}
}

// preview asks what would become of somebody by the saved settings, or by a
// change of them.
func (p *platform) preview(t *testing.T, userID, settings string) previewed {
	t.Helper()
	body := fmt.Sprintf(`{"provider":"dingtalk","userId":%q}`, userID)
	if settings != "" {
		body = fmt.Sprintf(`{"provider":"dingtalk","userId":%q,"settings":%s}`, userID, settings)
	}
	a := p.do(t, previewRequest(owner, body))
	if a.status != http.StatusOK {
		t.Fatalf("preview of %s: HTTP %d %s", userID, a.status, a.body)
	}
	got := result[previewed](t, a)
	for _, r := range got.Reasons {
		if r.ZH == "" || r.EN == "" {
			t.Errorf("reason %+v of %s is not in both languages", r, userID)
		}
	}
	if len(got.Reasons) == 0 {
		t.Errorf("preview of %s gives no reason", userID)
	}
	return got
}

// wantPreview previews somebody and wants a kind of change, and an account
// matched in some way.
func (p *platform) wantPreview(t *testing.T, userID, settings string, kind dirsync.Kind, matchedBy string) previewed {
	t.Helper()
	got := p.preview(t, userID, settings)
	if got.Kind != kind || got.Account.MatchedBy != matchedBy {
		t.Errorf("preview of %s: %s, matched by %q; want %s by %q\n%+v", userID, got.Kind, got.Account.MatchedBy, kind, matchedBy, got)
	}
	return got
}

// change changes somebody at DingTalk.
func (p *platform) change(t *testing.T, userID string, f func(*dingtalktest.Person)) {
	t.Helper()
	check(t, p.emulator.UpdatePerson("dingAAAA", userID, f))
}

// rows are the numbers of rows of the tables that a run writes.
func (p *platform) rows(t *testing.T) string {
	t.Helper()
	var counts []string
	for _, table := range []string{
		"sync_runs", "sync_staged_people", "sync_staged_departments", "sync_staged_places", "sync_tasks", "sync_changes", "sync_batches",
		"sync_people", "sync_departments", "sync_conflicts", "people", "memberships", "departments", "bindings", "audit",
	} {
		var n int
		check(t, p.store.DB().NewSelect().Table("thirdapp_"+table).ColumnExpr("count(*)").Scan(t.Context(), &n))
		counts = append(counts, fmt.Sprint(table, " ", n))
	}
	return strings.Join(counts, ", ")
}

// TestPreviewBeforeFirstPull asks about people of a company of which nothing
// was synchronised yet.
func TestPreviewBeforeFirstPull(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	p.exec(t, "UPDATE thirdapp_people SET phone = ?, email = 'bob@example.com' WHERE id = 'id-bob'", "1380000"+corpMobile("dingAAAA", 2))
	p.change(t, "p-li", func(q *dingtalktest.Person) { q.Email, q.Title = "bob@example.com", "经理" })
	before := p.rows(t)
	p.golden(t, []step{
		{"bound", previewRequest(owner, `{"provider":"dingtalk","userId":"p-alice"}`)},
		{"unknown_person", previewRequest(owner, `{"provider":"dingtalk","userId":"nobody"}`)},
		{"malformed_id", previewRequest(owner, `{"provider":"dingtalk","userId":" x"}`)},
		{"of_no_app", previewRequest(owner, `{"userId":"p-li"}`)},
		{"not_connected", request{
			method: http.MethodPost, path: "/sync/preview", user: single, body: `{"provider":"dingtalk","userId":"p-li"}`,
		}},
		{"faults", previewRequest(owner, `{"provider":"dingtalk","userId":"p-li","settings":{"guard":{"people":0,"percent":5},"retentionDays":-1}}`)},
		{"changed_meanwhile", previewRequest(owner, `{"provider":"dingtalk","userId":"p-li","settings":{"version":7}}`)},
		{"unknown_field", previewRequest(owner, `{"provider":"dingtalk","userId":"p-li","settings":{"force":true}}`)},
		{"forbidden", previewRequest(viewer, `{"provider":"dingtalk","userId":"p-li"}`)},
		{"excluded", previewRequest(owner, `{"provider":"dingtalk","userId":"p-wang","settings":{"scope":{"include":[],"exclude":["3"]}}}`)},
	})
	p.wantPreview(t, "p-wang", "", dirsync.KindUpdate, "mobile")
	// Somebody else has the email address: the platform would refuse.
	if got := p.wantPreview(t, "p-li", "", dirsync.KindCreate, ""); got.Refusal == nil || got.Refusal.EN == "" || got.Refusal.ZH == "" {
		t.Errorf("refusal %+v of %+v, want one about the email address", got.Refusal, got)
	}
	if got := p.wantPreview(t, "p-li", `{"matching":["email","mobile"]}`, dirsync.KindUpdate, "email"); got.Account.Username != "bob" ||
		got.Account.LocalID != "id-bob" || got.Refusal != nil {
		t.Errorf("account %+v, refusal %v; want that of bob", got.Account, got.Refusal)
	}
	if got := p.preview(t, "p-li", `{"accountName":"userId","mapping":{"email":"","title":"name"}}`); got.Account.Username != "p-li" ||
		got.Account.Password != "none" || got.effect("title") != `set: "" -> "李娜" of "李娜", provider` {
		t.Errorf("account %+v, title %q; want what the draft says", got.Account, got.effect("title"))
	}
	if got := p.wantPreview(t, "p-li", `{"scope":{"include":["2"],"exclude":[]}}`, dirsync.KindNone, ""); got.InScope ||
		got.Departments[0].Rule != dirsync.ScopeNotIncluded {
		t.Errorf("preview %+v, want out of scope: the department is not included", got)
	}
	if got := p.preview(t, "p-wang", `{"scope":{"include":["2"],"exclude":[]}}`); !got.InScope ||
		got.Departments[0].Rule != dirsync.ScopeInclude || got.Departments[0].DecidedBy != "2" || got.Departments[1].InScope {
		t.Errorf("departments %+v, want 2 included and 3 not", got.Departments)
	}
	if after := p.rows(t); after != before {
		t.Errorf("previews have written:\n got %s\nwant %s", after, before)
	}
}

// TestPreviewOfChanges asks about people who are there already.
func TestPreviewOfChanges(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	check(t, p.emulator.AddPerson("dingAAAA", dingtalktest.Person{UserID: "p-zhao", Name: "赵敏", Mobile: "13900000001", Memberships: in(2)}))
	p.finished(t, p.startRun(t))
	if got := p.wantPreview(t, "p-li", "", dirsync.KindNone, "binding"); got.effect("name") != `same: "李娜" -> "李娜" of "李娜", provider` {
		t.Errorf("name %q, want the same", got.effect("name"))
	}
	p.change(t, "p-li", func(q *dingtalktest.Person) { q.Title = "总监" })
	if got := p.wantPreview(t, "p-li", "", dirsync.KindUpdate, "binding"); got.effect("title") != `set: "" -> "总监" of "总监", provider` {
		t.Errorf("title %q, want it set", got.effect("title"))
	}
	if got := p.preview(t, "p-li", `{"ownership":{"title":"platform"}}`); got.effect("title") != `keep: "" -> "" of "总监", platform` {
		t.Errorf("title %q, want it kept", got.effect("title"))
	}
	p.change(t, "p-wang", func(q *dingtalktest.Person) { q.Memberships = in(3) })
	p.wantPreview(t, "p-wang", "", dirsync.KindMove, "binding")
	p.edited(t)
	p.leaving(t)
	p.shared(t)
}

// edited has a title be edited on both sides.
func (p *platform) edited(t *testing.T) {
	t.Helper()
	p.exec(t, `UPDATE thirdapp_memberships SET title = '顾问' WHERE tenant_id = ? AND person_id =
		(SELECT person_id FROM thirdapp_bindings WHERE provider_user_id = 'p-li' AND tenant_id = ?)`, here, here)
	p.exec(t, "UPDATE thirdapp_sync_people SET title = '助理' WHERE remote_id = 'p-li' AND tenant_id = ?", here)
	got := p.wantPreview(t, "p-li", "", dirsync.KindUpdate, "binding")
	if got.effect("title") != `conflict: "顾问" -> "顾问" of "总监", provider` {
		t.Errorf("title %q, want a conflict", got.effect("title"))
	}
}

// leaving has somebody leave and come back.
func (p *platform) leaving(t *testing.T) {
	t.Helper()
	zhao, err := p.emulator.Person("dingAAAA", "p-zhao")
	check(t, err)
	check(t, p.emulator.RemovePerson("dingAAAA", "p-zhao"))
	p.wantPreview(t, "p-zhao", "", dirsync.KindLeave, "binding")
	p.wantPreview(t, "p-zhao", `{"graceDays":10}`, dirsync.KindLeaving, "binding")
	p.finished(t, p.startRun(t))
	p.wantPreview(t, "p-zhao", "", dirsync.KindNone, "")
	check(t, p.emulator.AddPerson("dingAAAA", zhao))
	p.wantPreview(t, "p-zhao", "", dirsync.KindRejoin, "binding")
	zhao.UserID = "p-zhao-new" // entered anew
	check(t, p.emulator.RemovePerson("dingAAAA", "p-zhao"))
	check(t, p.emulator.AddPerson("dingAAAA", zhao))
	got := p.wantPreview(t, "p-zhao-new", "", dirsync.KindRejoin, "unionId")
	if said := func(r struct{ ZH, EN string }) bool { return strings.Contains(r.EN, "p-zhao") }; !slices.ContainsFunc(got.Reasons, said) {
		t.Errorf("reasons %+v, want whose place it is", got.Reasons)
	}
}

// shared has two people with one mobile number.
func (p *platform) shared(t *testing.T) {
	t.Helper()
	li, err := p.emulator.Person("dingAAAA", "p-li")
	check(t, err)
	twin := dingtalktest.Person{UserID: "p-twin", Name: "李双", Mobile: li.Mobile, Memberships: in(2)}
	check(t, p.emulator.AddPerson("dingAAAA", twin))
	got := p.wantPreview(t, "p-twin", "", dirsync.KindConflict, "")
	if len(got.Fields) != 0 || !strings.Contains(got.Reasons[len(got.Reasons)-1].EN, "p-li") {
		t.Errorf("conflict %+v, want the reason to name p-li", got)
	}
}

// TestPreviewOutOfSight asks about people whom the app may not see, or not any
// more.
func TestPreviewOutOfSight(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, asIdle)
	app := p.emulator.Apps("dingAAAA")[0].ClientID
	see := func(change func(*dingtalktest.App)) {
		t.Helper()
		check(t, p.emulator.UpdateApp(app, change))
	}
	see(func(a *dingtalktest.App) { a.Scope = dingtalktest.Scope{Departments: []int64{2}} })
	golden(t, "out_of_sight", p.do(t, previewRequest(owner, `{"provider":"dingtalk","userId":"p-li"}`)))
	if got := p.preview(t, "p-wang", ""); !got.InScope || len(got.Departments) == 0 {
		t.Errorf("preview %+v, want in scope by department 2", got)
	}
	see(func(a *dingtalktest.App) { a.Scope = dingtalktest.Scope{UserIDs: []string{"p-li"}} })
	if got := p.wantPreview(t, "p-li", "", dirsync.KindCreate, ""); !got.InScope {
		t.Errorf("preview %+v, want in scope alone", got)
	}
	see(func(a *dingtalktest.App) {
		a.Scope, a.Permissions = dingtalktest.Scope{}, []string{}
	})
	golden(t, "permission_missing", p.do(t, previewRequest(owner, `{"provider":"dingtalk","userId":"p-li"}`)))
}
