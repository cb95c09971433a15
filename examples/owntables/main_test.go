package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/internal/dbtest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// onBoth runs a test on an empty database of each kind.
func onBoth(t *testing.T, test func(t *testing.T, newDSN func(tb testing.TB) string)) {
	t.Helper()
	for name, newDSN := range map[string]func(tb testing.TB) string{
		"sqlite":   func(tb testing.TB) string { return "sqlite:" + dbtest.SQLite(tb) },
		"postgres": dbtest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newDSN)
		})
	}
}

// TestRun: the program shows what came in, and what went out.
func TestRun(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, newDSN func(tb testing.TB) string) {
		var out bytes.Buffer
		if err := run(t.Context(), newDSN(t), &out); err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			"\t-\t云帆智能科技有限公司\n", "\t研发中心\n", "\t薛菡倩\tactive 后端开发部*\n",
			"  create\tdepartment\t新品部\tapplied\n", "  create\tperson\t林知夏\tapplied\n", "\t新品部\t林知夏*\n",
		} {
			if !strings.Contains(out.String(), line) {
				t.Errorf("no %q in the output:\n%s", line, out.String())
			}
		}
	})
}

// TestMembers: the host's tables pass the suite of the port.
func TestMembers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, newDSN func(tb testing.TB) string) {
		storetest.RunMembers(t, func(tb testing.TB) storetest.MembersHarness {
			return harness(openTables(tb, newDSN(tb)))
		})
	})
}

// TestRoster: the host's tables pass the suite of the port.
func TestRoster(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, newDSN func(tb testing.TB) string) {
		storetest.RunRoster(t, func(tb testing.TB) storetest.MembersHarness {
			return harness(openTables(tb, newDSN(tb)))
		})
	})
}

// TestAccounts: the host's users are found for messages, by name and by unit.
func TestAccounts(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, newDSN func(tb testing.TB) string) {
		newHarness := func(tb testing.TB) storetest.MessagingAccountsHarness {
			tb.Helper()
			store := openTables(tb, newDSN(tb))
			must(tb, store.Migrate(tb.Context())) // who is who at the office app is in the module's tables
			return messagingHarness(store)
		}
		t.Run("accounts", func(t *testing.T) { storetest.RunMessagingAccounts(t, newHarness) })
		t.Run("audiences", func(t *testing.T) { storetest.RunAudiences(t, newHarness) })
	})
}

// TestPulls pulls a company into tables that have somebody in them, and again
// after the company has changed.
func TestPulls(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, newDSN func(tb testing.TB) string) {
		em := dingtalktest.NewServer(t, dingtalktest.Company{
			CorpID: "dingacme", Name: "示例公司",
			Departments: []dingtalktest.Department{{ID: 2, Name: "研发"}, {ID: 3, ParentID: 2, Name: "前端"}},
			People: []dingtalktest.Person{
				{UserID: "zhang", Name: "张三", Mobile: "13800000001", Memberships: []dingtalktest.Membership{{DepartmentID: 3}}},
				{UserID: "li", Name: "李四", Mobile: "13800000002", Email: "li@corp.example"},
			},
		})
		h := connected(t, newDSN(t), em)
		tables := harness(h.parts.Store)
		zhang := tables.CreateAccount(t, "zhang.san", "13800000001", "", theTenant) // was there before
		pull(t, h)
		if got := standing(t, tables, zhang); got != "zhang.san active 前端" {
			t.Errorf("zhang is %q, want the account from before, in their department", got)
		}
		matches, err := NewMembers(h.parts.Store).Match(t.Context(), dirsync.Directory{Tenant: theTenant}, dirsync.MatchMobile,
			[]dirsync.Candidate{{RemoteID: "li", Value: "13800000002"}})
		if err != nil || len(matches) != 1 {
			t.Fatalf("matches %+v, %v; want a new account for li", matches, err)
		}
		if got := standing(t, tables, matches[0].LocalID); got != "13800000002 active 示例公司" {
			t.Errorf("li is %q, want a new account at the top", got)
		}

		sends(t, h, em)
		previews(t, h, em)

		must(t, em.UpdateDepartment(em.CorpID(), 3, func(d *dingtalktest.Department) { d.Name = "界面" }))
		must(t, em.RemovePerson(em.CorpID(), "li"))
		pull(t, h)
		if got := standing(t, tables, zhang); got != "zhang.san active 界面" {
			t.Errorf("zhang is %q, want them in the department that was renamed", got)
		}
		if got := standing(t, tables, matches[0].LocalID); got != "13800000002 suspended " {
			t.Errorf("li is %q, want them suspended, in no department", got)
		}
	})
}

// sends writes to both people, by the host's names, and to one by their unit.
func sends(tb testing.TB, h *host, em *dingtalktest.Server) {
	tb.Helper()
	_, err := h.module.Messages().SendAndWait(tenant.AsSystem(tb.Context(), "test"), theTenant, messaging.Request{
		Provider: provider.DingTalk, Recipients: messaging.Recipients{Usernames: []string{"zhang.san", "13800000002"}},
		Content: provider.Content{Type: provider.TextContent, Text: &provider.TextBody{Content: "你好"}},
	}, longestRun)
	must(tb, err)
	var unit string
	for id, d := range harness(h.parts.Store).Departments(tb, theTenant) {
		if d.Name == "研发" {
			unit = id
		}
	}
	_, err = h.module.Messages().Send(tenant.AsSystem(tb.Context(), "test"), theTenant, messaging.Request{
		Provider: provider.DingTalk, Recipients: messaging.Recipients{DepartmentIDs: []string{unit}},
		Content: provider.Content{Type: provider.TextContent, Text: &provider.TextBody{Content: "研发的同事，你好"}},
	})
	must(tb, err)
	// Units are looked up after the message was accepted.
	for end := time.Now().Add(longestRun); len(em.Inbox(em.CorpID(), "zhang")) < 2 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	for id, want := range map[string]int{"zhang": 2, "li": 1} { // zhang is in a unit below
		if got := em.Inbox(em.CorpID(), id); len(got) != want {
			tb.Errorf("%s got %d messages, want %d", id, len(got), want)
		}
	}
}

// previews asks about somebody who is new, which leaves nothing behind.
func previews(tb testing.TB, h *host, em *dingtalktest.Server) {
	tb.Helper()
	must(tb, em.AddPerson(em.CorpID(), dingtalktest.Person{UserID: "wang", Name: "王五", Mobile: "13800000003"}))
	preview, err := h.module.Directory().Preview(tenant.AsSystem(tb.Context(), "test"), theTenant,
		dirsync.PreviewRequest{Provider: provider.DingTalk, UserID: "wang"})
	must(tb, err)
	if preview.Kind != dirsync.KindCreate || !preview.Refusal.IsZero() {
		tb.Errorf("preview %+v, want an account to be created", preview)
	}
	if _, err := NewMembers(h.parts.Store).UserByName(tb.Context(), tenant.Platform, "13800000003"); !errors.Is(err, tenant.ErrNotFound) {
		tb.Errorf("the account of the preview: %v, want none", err)
	}
}

// TestUsers: administrators are found by the host's names, in their tenant.
func TestUsers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, newDSN func(tb testing.TB) string) {
		tables := tables{NewMembers(openTables(t, newDSN(t)))}
		id := tables.createAccount(t, "zhang.san", "", "", theTenant)
		for where, there := range map[tenant.ID]bool{theTenant: true, tenant.Platform: true, "1002": false} {
			u, err := tables.UserByName(t.Context(), where, "zhang.san")
			if there && (err != nil || u.ID != id) || !there && !errors.Is(err, tenant.ErrNotFound) {
				t.Errorf("in tenant %q: %+v, %v; want found: %t", where, u, err, there)
			}
		}
	})
}

// TestHostsTransaction: what is applied in a transaction of the host's is there
// when it commits, not before, and not at all when it is rolled back.
func TestHostsTransaction(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, newDSN func(tb testing.TB) string) {
		store := openTables(t, newDSN(t))
		tables := harness(store)
		for _, commit := range []bool{false, true} {
			tx, err := store.DB().DB.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			out, err := tables.Members.ApplyPeople(store.WithTx(t.Context(), tx), dirsync.Directory{Tenant: theTenant}, []dirsync.PersonChange{
				{Kind: dirsync.KindCreate, RemoteID: "zhang", Owned: true, Join: dirsync.JoinActive, Name: "张三", Mobile: "13800000001"},
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, there := tables.Member(t, theTenant, out[0].LocalID); there {
				t.Error("seen from outside before the end of the transaction")
			}
			end := tx.Rollback
			if commit {
				end = tx.Commit
			}
			if err := end(); err != nil {
				t.Fatal(err)
			}
			if _, there := tables.Member(t, theTenant, out[0].LocalID); there != commit {
				t.Errorf("after commit %t: the account is there: %t", commit, there)
			}
		}
	})
}

// TestKeptUnit: a unit that left but has somebody in it by the host's own doing
// is kept, and comes back as what it was.
func TestKeptUnit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, newDSN func(tb testing.TB) string) {
		store := openTables(t, newDSN(t))
		tables := harness(store)
		apply := func(c dirsync.DepartmentChange) dirsync.Outcome {
			t.Helper()
			dir := dirsync.Directory{Tenant: theTenant, Provider: "dingtalk", OrgID: "org"}
			out, err := tables.Members.ApplyDepartments(t.Context(), dir, []dirsync.DepartmentChange{c})
			if err != nil {
				t.Fatal(err)
			}
			return out[0]
		}
		unit := apply(dirsync.DepartmentChange{Kind: dirsync.KindCreate, RemoteID: "2", Name: "研发"}).LocalID
		own := tables.CreateAccount(t, "own", "", "", theTenant)
		_, err := store.DB().DB.ExecContext(t.Context(), "INSERT INTO unit_staff (unit_id, tenant, user_id, head, sort) VALUES ($1, $2, $3, FALSE, 0)",
			number(unit), string(theTenant), number(own))
		if err != nil {
			t.Fatal(err)
		}
		if left := apply(dirsync.DepartmentChange{Kind: dirsync.KindLeave, RemoteID: "2", LocalID: unit}); left.Note.IsZero() {
			t.Errorf("outcome %+v, want a note that it was kept", left)
		}
		back := apply(dirsync.DepartmentChange{Kind: dirsync.KindRejoin, RemoteID: "2", LocalID: unit, Name: "研发二部"})
		if got := tables.Departments(t, theTenant); back.LocalID != unit || len(got) != 1 || got[unit].Name != "研发二部" {
			t.Errorf("outcome %+v, units %+v; want the unit that was kept", back, got)
		}
	})
}

// TestTwoTenants: one tenant's directory does not change the number and address
// of somebody who is in another tenant, and the host says so.
func TestTwoTenants(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, newDSN func(tb testing.TB) string) {
		tables := harness(openTables(t, newDSN(t)))
		dir := dirsync.Directory{Tenant: theTenant}
		id := tables.CreateAccount(t, "zhang.san", "13800000001", "", theTenant, "1002")
		out, err := tables.Members.ApplyPeople(t.Context(), dir, []dirsync.PersonChange{{
			Kind: dirsync.KindUpdate, RemoteID: "zhang", LocalID: id, Name: "张三", Mobile: "13900000009", Email: "zhang@corp.example",
		}})
		if err != nil || !out[0].Failure.IsZero() {
			t.Fatalf("outcomes %+v, %v", out, err)
		}
		m, _ := tables.Member(t, theTenant, id)
		if m.Name != "张三" || m.Mobile != "13800000001" || m.Email != "zhang@corp.example" {
			t.Errorf("member %+v, want what was empty filled, and the number as it was", m)
		}
		now, err := tables.Members.Current(t.Context(), dir, []dirsync.PersonRef{{RemoteID: "zhang", LocalID: id}})
		if err != nil || len(now) != 1 || !now[0].Fixed.Has(dirsync.FieldMobile) || !now[0].Fixed.Has(dirsync.FieldEmail) {
			t.Errorf("current %+v, %v; want mobile and email fixed", now, err)
		}
	})
}

// openTables returns a database with the host's tables only.
func openTables(tb testing.TB, dsn string) *bunstore.Store {
	tb.Helper()
	store, err := bunstore.Open(tb.Context(), dsn, bunstore.Options{MaxConns: 4})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { must(tb, store.Close()) })
	if err := createTables(tb.Context(), store); err != nil {
		tb.Fatal(err)
	}
	return store
}

// connected returns a host whose tenant is connected with an emulated company.
func connected(tb testing.TB, dsn string, em *dingtalktest.Server) *host {
	tb.Helper()
	h, err := newHost(tb.Context(), dsn, em.URL)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { must(tb, h.close(context.Background())) })
	if err := h.connect(tb.Context(), em.CorpID(), em.App()); err != nil {
		tb.Fatal(err)
	}
	return h
}

func pull(tb testing.TB, h *host) {
	tb.Helper()
	must(tb, h.pull(tb.Context()))
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// standing is somebody's login, state and the names of their units.
func standing(tb testing.TB, tables storetest.MembersHarness, id string) string {
	tb.Helper()
	m, ok := tables.Member(tb, theTenant, id)
	if !ok {
		return "nobody"
	}
	units := tables.Departments(tb, theTenant)
	var names []string
	for _, d := range m.Departments {
		names = append(names, units[d].Name)
	}
	return m.Account + " " + m.State + " " + strings.Join(names, ", ")
}
