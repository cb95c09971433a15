package dingtalk_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
)

// connect opens the emulator's app of a company.
func connect(t *testing.T, srv *dingtalktest.Server, corpID string) *dingtalk.Provider {
	t.Helper()
	app := srv.Apps(corpID)[0]
	return openWith(t, dingtalk.Options{APIBaseURL: srv.URL, OAPIBaseURL: srv.URL, CallsPerSecond: -1}, provider.Settings{
		Values: map[string]string{
			provider.SettingOrgID:    corpID,
			provider.SettingAgentID:  strconv.FormatInt(app.AgentID, 10),
			provider.SettingClientID: app.ClientID,
		},
		Secrets: map[string]provider.Secret{provider.SettingClientSecret: provider.NewSecret(app.ClientSecret)},
	}, provider.Environment{Client: srv.Client()})
}

// found is a company as read through the contract.
type found struct {
	departments map[provider.DepartmentID]provider.Department
	people      map[provider.UserID]provider.Person
}

// readAll walks a company.
func readAll(ctx context.Context, p *dingtalk.Provider) (found, error) {
	all := found{make(map[provider.DepartmentID]provider.Department), make(map[provider.UserID]provider.Person)}
	scope, err := p.Scope(ctx)
	if err != nil {
		return all, err
	}
	for queue := scope.Departments; len(queue) > 0; queue = queue[1:] {
		d := queue[0]
		all.departments[d.ID] = d
		page, err := p.Departments(ctx, d.ID, "")
		if err != nil {
			return all, err
		}
		queue = append(queue, page.Departments...)
		if err := all.readPeople(ctx, p, d.ID); err != nil {
			return all, err
		}
	}
	for _, id := range scope.People {
		if all.people[id], err = p.PersonByID(ctx, id); err != nil {
			return all, err
		}
	}
	return all, nil
}

func (all found) readPeople(ctx context.Context, p *dingtalk.Provider, id provider.DepartmentID) error {
	for at := provider.Cursor(""); ; {
		page, err := p.People(ctx, id, at)
		if err != nil {
			return err
		}
		for _, person := range page.People {
			person.Memberships = append(all.people[person.UserID].Memberships, person.Memberships...)
			all.people[person.UserID] = person
		}
		if at = page.Next; at == "" {
			return nil
		}
	}
}

// wantCompany compares what was read with what the emulator holds.
func wantCompany(t *testing.T, got found, srv *dingtalktest.Server, corpID string) {
	t.Helper()
	departments := srv.Departments(corpID)
	if len(got.departments) != len(departments) {
		t.Errorf("%d departments, want %d", len(got.departments), len(departments))
	}
	for _, want := range departments {
		d := got.departments[provider.DepartmentID(strconv.FormatInt(want.ID, 10))]
		parent := strconv.FormatInt(want.ParentID, 10)
		if want.ID == dingtalktest.RootID {
			parent = ""
		}
		if d.Name != want.Name || string(d.ParentID) != parent {
			t.Errorf("department = %+v, want %+v", d, want)
		}
	}
	people := slices.Collect(srv.People(corpID))
	if len(got.people) != len(people) {
		t.Errorf("%d people, want %d", len(got.people), len(people))
	}
	for _, want := range people {
		if err := samePerson(got.people[provider.UserID(want.UserID)], want); err != nil {
			t.Errorf("%s: %v", want.UserID, err)
		}
	}
}

func samePerson(got provider.Person, want dingtalktest.Person) error {
	mobile := want.Mobile
	if mobile != "" && want.StateCode != "" && want.StateCode != "86" {
		mobile = "+" + want.StateCode + "-" + mobile
	}
	if got.Name != want.Name || got.Mobile != mobile || got.Title != want.Title || got.Activated == want.Inactive ||
		string(got.UnionID) != want.UnionID || !maps.Equal(got.Extension, want.Extension) {
		return fmt.Errorf("got %+v, want %+v", got, want)
	}
	places := make(map[provider.DepartmentID]provider.Membership)
	for _, m := range got.Memberships {
		places[m.DepartmentID] = m
	}
	if len(places) != len(want.Memberships) {
		return fmt.Errorf("memberships %+v, want %+v", got.Memberships, want.Memberships)
	}
	for _, m := range want.Memberships {
		place := places[provider.DepartmentID(strconv.FormatInt(m.DepartmentID, 10))]
		if place.Leader != m.Leader || place.Order != -m.Order {
			return fmt.Errorf("membership %+v, want %+v", place, m)
		}
	}
	return nil
}

func TestReadCompany(t *testing.T) {
	t.Parallel()
	srv := dingtalktest.NewServer(t, dingtalktest.Generate(dingtalktest.Realistic(7, 700, 12)))
	got, err := readAll(t.Context(), connect(t, srv, srv.CorpID()))
	if err != nil {
		t.Fatal(err)
	}
	wantCompany(t, got, srv, srv.CorpID())
	if n := srv.CallCount(tokenPath); n != 1 {
		t.Errorf("%d calls for a token, want 1", n)
	}
}

func TestTwoCompaniesSideBySide(t *testing.T) {
	t.Parallel()
	srv := dingtalktest.NewServer(t,
		dingtalktest.Generate(dingtalktest.Realistic(1, 150, 5)), dingtalktest.Generate(dingtalktest.Realistic(2, 90, 4)))
	var wg sync.WaitGroup
	for _, corpID := range srv.CorpIDs() {
		p := connect(t, srv, corpID)
		wg.Go(func() {
			got, err := readAll(t.Context(), p)
			if err != nil {
				t.Error(err)
				return
			}
			wantCompany(t, got, srv, corpID)
		})
	}
	wg.Wait()
}

func TestReadThroughFaults(t *testing.T) {
	t.Parallel()
	for _, kind := range []dingtalktest.FaultKind{
		dingtalktest.Busy, dingtalktest.GatewayBusy, dingtalktest.ServerError, dingtalktest.Garbage,
		dingtalktest.Truncate, dingtalktest.Reset, dingtalktest.TokenExpired,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			srv := dingtalktest.NewServer(t, dingtalktest.Generate(dingtalktest.Realistic(3, 220, 3)))
			fault := srv.Fail(dingtalktest.Fault{Path: "/topapi/*", Kind: kind, Every: 3})
			got, err := readAll(t.Context(), connect(t, srv, srv.CorpID()))
			if err != nil {
				t.Fatal(err)
			}
			wantCompany(t, got, srv, srv.CorpID())
			if fault.Hits() == 0 {
				t.Error("the fault never struck")
			}
		})
	}
}

func TestPageThatFailsForGoodIsAnError(t *testing.T) {
	t.Parallel()
	srv := dingtalktest.NewServer(t, dingtalktest.Company{CorpID: "ding1", People: manyPeople(250)})
	srv.Fail(dingtalktest.Fault{Path: listPath, Params: map[string]string{"cursor": "100"}, Kind: dingtalktest.Truncate})
	got, err := readAll(t.Context(), connect(t, srv, "ding1"))
	if e := asError(t, err); e.Code != provider.Unavailable {
		t.Errorf("error = %+v, want unavailable", e)
	}
	if len(got.people) != 100 {
		t.Errorf("%d people before the error, want 100", len(got.people))
	}
}

func manyPeople(n int) []dingtalktest.Person {
	people := make([]dingtalktest.Person, n)
	for i := range people {
		people[i] = dingtalktest.Person{UserID: fmt.Sprintf("u%03d", i), Name: fmt.Sprintf("员工%d", i), Mobile: fmt.Sprintf("138%08d", i)}
	}
	return people
}

func TestTokensExpireMidway(t *testing.T) {
	t.Parallel()
	srv := dingtalktest.NewServer(t, dingtalktest.Company{CorpID: "ding1", People: manyPeople(5)})
	p := connect(t, srv, "ding1")
	for range 3 {
		srv.ExpireTokens()
		if _, err := p.PersonByID(t.Context(), "u001"); err != nil {
			t.Fatal(err)
		}
	}
	if n := srv.CallCount(tokenPath); n != 3 {
		t.Errorf("%d calls for a token, want 3", n)
	}
}

func TestPartialScope(t *testing.T) {
	t.Parallel()
	srv := dingtalktest.NewServer(t, dingtalktest.Company{
		CorpID: "ding1",
		Departments: []dingtalktest.Department{
			{ID: 2, Name: "研发"}, {ID: 3, ParentID: 2, Name: "前端"}, {ID: 4, ParentID: 3, Name: "组件"}, {ID: 5, Name: "市场"},
		},
		People: []dingtalktest.Person{
			{UserID: "dev", Name: "甲", Memberships: []dingtalktest.Membership{{DepartmentID: 4}}},
			{UserID: "boss", Name: "乙"},
			{UserID: "sales", Name: "丙", Memberships: []dingtalktest.Membership{{DepartmentID: 5}}},
		},
		Apps: []dingtalktest.App{{
			ClientID: "k", ClientSecret: "s", AgentID: 1,
			Scope: dingtalktest.Scope{Departments: []int64{4, 3}, UserIDs: []string{"boss"}},
		}},
	})
	p := connect(t, srv, "ding1")
	scope, err := p.Scope(t.Context())
	if err != nil || len(scope.Departments) != 1 || scope.Departments[0] != (provider.Department{ID: "3", Name: "前端"}) {
		t.Errorf("Scope() = %+v, %v; want 前端 alone", scope, err)
	}
	got, err := readAll(t.Context(), p)
	if ids := slices.Sorted(maps.Keys(got.people)); err != nil || !slices.Equal(ids, []provider.UserID{"boss", "dev"}) {
		t.Errorf("people %v, %v; want boss and dev", ids, err)
	}
	_, err = p.People(t.Context(), "5", "")
	if e := asError(t, err); e.Code != provider.PermissionDenied || !strings.Contains(e.Remedy.ZH, "通讯录接口权限范围") {
		t.Errorf("department out of scope: %+v", e)
	}
}

func TestFindInCompany(t *testing.T) {
	t.Parallel()
	srv := dingtalktest.NewServer(t, dingtalktest.Company{CorpID: "ding1", People: manyPeople(3)})
	p := connect(t, srv, "ding1")
	want, err := p.PersonByID(t.Context(), "u001")
	if err != nil || want.Mobile != "13800000001" {
		t.Fatalf("PersonByID() = %+v, %v", want, err)
	}
	if got, err := p.PersonByMobile(t.Context(), want.Mobile); err != nil || got.UserID != "u001" {
		t.Errorf("PersonByMobile() = %+v, %v", got, err)
	}
	if got, err := p.PersonByUnionID(t.Context(), want.UnionID); err != nil || got.UserID != "u001" {
		t.Errorf("PersonByUnionID() = %+v, %v", got, err)
	}
	for _, mobile := range []string{"13900000000", "nonsense"} {
		if _, err := p.PersonByMobile(t.Context(), mobile); provider.CodeOf(err) != provider.NotFound {
			t.Errorf("PersonByMobile(%q): %v, want not_found", mobile, err)
		}
	}
}

func TestSendAndTrack(t *testing.T) {
	t.Parallel()
	srv := dingtalktest.NewServerWith(t, dingtalktest.Options{
		Companies: []dingtalktest.Company{{CorpID: "ding1", People: manyPeople(6)}}, SendSteps: 2,
	})
	must(t, srv.ForbidMessages("ding1", "u004", dingtalktest.CodeDuplicate))
	must(t, srv.FailMessages("ding1", "u005", true))
	p := connect(t, srv, "ding1")
	for _, content := range []provider.Content{
		provider.NewText("你好 <b> & \u2028 再见"), provider.NewMarkdown("日报", "# 一"),
		provider.NewLink("标题", "正文", "https://a.example/?x=1&y=2", "https://a.example/p.png"),
		provider.NewLink(strings.Repeat("长标题", 30), "正文", "https://a.example/", ""),
	} {
		msg, err := p.Render(content)
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := p.Send(t.Context(), provider.Audience{Users: []provider.UserID{"u001", "u002", "u004", "u005", "gone"}}, msg, "")
		if err != nil {
			t.Fatal(err)
		}
		sent := srv.Sent()
		if last := sent[len(sent)-1]; string(last.Body) != string(msg.Body) || strconv.FormatInt(last.TaskID, 10) != receipt.TaskID {
			t.Errorf("DingTalk got %s as %d, want %s as %s", last.Body, last.TaskID, msg.Body, receipt.TaskID)
		}
		track := func() provider.TrackReport {
			report, err := p.Track(t.Context(), provider.TrackRequest{TaskID: receipt.TaskID, Recipients: 5})
			if err != nil {
				t.Fatal(err)
			}
			return report
		}
		if first := track(); first.Done || first.Percent != 50 {
			t.Errorf("first report = %+v, want half done", first)
		}
		track()
		must(t, srv.Read("u001", sent[len(sent)-1].TaskID))
		report := track()
		want := map[provider.UserID]provider.Outcome{
			"u001": provider.OutcomeRead, "u002": provider.OutcomeDelivered, "u004": provider.OutcomeFailed,
			"u005": provider.OutcomeFailed, "gone": provider.OutcomeFailed,
		}
		if got := outcomes(report); !report.Done || report.Percent != 100 || !maps.Equal(got, want) {
			t.Errorf("last report = %+v, want done with %v", report, want)
		}
	}
	_, err := p.Track(t.Context(), provider.TrackRequest{TaskID: "1", Recipients: 1})
	if provider.CodeOf(err) != provider.NotFound {
		t.Errorf("unknown task: %v, want not_found", err)
	}
}

func outcomes(r provider.TrackReport) map[provider.UserID]provider.Outcome {
	m := make(map[provider.UserID]provider.Outcome)
	for id, o := range r.Outcomes {
		m[id] = o.Outcome
	}
	return m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestNothingIsSentTwice lets answers get lost after the message was sent.
func TestNothingIsSentTwice(t *testing.T) {
	t.Parallel()
	for _, kind := range []dingtalktest.FaultKind{
		dingtalktest.Truncate, dingtalktest.Reset, dingtalktest.ServerError, dingtalktest.Garbage, dingtalktest.Timeout,
		dingtalktest.Busy,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			srv := dingtalktest.NewServer(t, dingtalktest.Company{CorpID: "ding1", People: manyPeople(2)})
			srv.Fail(dingtalktest.Fault{Path: sendPath, Kind: kind, AfterEffect: true, Times: 1})
			p := connect(t, srv, "ding1")
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			msg, err := p.Render(provider.NewText("只发一次"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.Send(ctx, provider.Audience{Users: []provider.UserID{"u000"}}, msg, "")
			if e := asError(t, err); e.Unsent || !provider.Retryable(err) {
				t.Errorf("error = %+v, want a doubt", e)
			}
			if n := len(srv.Sent()); n != 1 {
				t.Errorf("%d messages, want 1", n)
			}
		})
	}
}

func TestCertainRefusalsAreRepeated(t *testing.T) {
	t.Parallel()
	for _, kind := range []dingtalktest.FaultKind{
		dingtalktest.Throttle, dingtalktest.TokenExpired, dingtalktest.GatewayBusy,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			srv := dingtalktest.NewServer(t, dingtalktest.Company{CorpID: "ding1", People: manyPeople(2)})
			srv.Fail(dingtalktest.Fault{Path: sendPath, Kind: kind, Times: 1})
			p := connect(t, srv, "ding1")
			msg, err := p.Render(provider.NewText("你好"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Send(t.Context(), provider.Audience{Users: []provider.UserID{"u000"}}, msg, ""); err != nil {
				t.Error(err)
			}
			if n := len(srv.Sent()); n != 1 {
				t.Errorf("%d messages, want 1", n)
			}
		})
	}
}

func TestVerifyCompany(t *testing.T) {
	t.Parallel()
	srv := dingtalktest.NewServer(t, dingtalktest.Generate(dingtalktest.Realistic(5, 60, 6)))
	clientID := srv.App().ClientID
	for _, lacking := range append(dingtalktest.AllPermissions(), "") {
		must(t, srv.UpdateApp(clientID, func(a *dingtalktest.App) {
			a.Permissions = dingtalktest.Without(dingtalktest.AllPermissions(), lacking)
		}))
		report, err := connect(t, srv, srv.CorpID()).Verify(t.Context())
		if err != nil {
			t.Errorf("without %s: %v", lacking, err)
			continue
		}
		for code, state := range states(report) {
			want := provider.PermissionGranted
			switch code {
			case dingtalktest.PermissionSelf: // takes a person
				want = provider.PermissionUnknown
			case lacking:
				want = provider.PermissionMissing
			}
			if state != want {
				t.Errorf("without %s: %s is %s, want %s", lacking, code, state, want)
			}
		}
	}
	if n := len(srv.Sent()); n > 0 {
		t.Errorf("Verify sent %d messages", n)
	}
}

func TestVerifyRefused(t *testing.T) {
	t.Parallel()
	srv := dingtalktest.NewServer(t)
	p := connect(t, srv, srv.CorpID())
	must(t, srv.UpdateApp(srv.App().ClientID, func(a *dingtalktest.App) { a.IPWhitelist = []string{"203.0.113.9"} }))
	_, err := p.Verify(t.Context())
	if e := asError(t, err); e.Code != provider.PermissionDenied || !strings.Contains(e.Remedy.EN, "whitelist") {
		t.Errorf("address not listed: %+v", e)
	}
	must(t, srv.UpdateApp(srv.App().ClientID, func(a *dingtalktest.App) { a.IPWhitelist, a.ClientSecret = nil, "another" }))
	app := srv.App()
	srv.ExpireTokens()
	s := settings()
	s.Values[provider.SettingClientID] = app.ClientID
	wrong := openWith(t, dingtalk.Options{APIBaseURL: srv.URL, OAPIBaseURL: srv.URL}, s, provider.Environment{Client: srv.Client()})
	_, err = wrong.Verify(t.Context())
	if e := asError(t, err); e.Code != provider.Unauthenticated || e.Remedy.IsZero() {
		t.Errorf("wrong secret: %+v", e)
	}
}
