package pulltest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestMatching has one person in the directory and something on the platform.
func TestMatching(t *testing.T) {
	t.Parallel()
	one := somebody(1)
	account := bunstore.NewPerson{Username: "zhang", Realname: "老张", Phone: one.Mobile, Tenants: []tenant.ID{"0"}}
	outside := account
	outside.Tenants = []tenant.ID{"other"}
	tests := map[string]struct {
		before   func(t *testing.T, b *bundle)
		kind     dirsync.Kind
		existing bool
		state    dirsync.ChangeState
		reason   string
		check    func(t *testing.T, b *bundle)
		cfg      func(*dirsync.Config)
		// resolves is true when what the pull did for others resolves it.
		resolves bool
	}{
		"nobody": {kind: dirsync.KindCreate, state: dirsync.ChangeApplied},
		"account in the tenant, same mobile number": {
			before: func(t *testing.T, b *bundle) { b.create(t, account) },
			kind:   dirsync.KindUpdate, state: dirsync.ChangeApplied,
			check: func(t *testing.T, b *bundle) {
				m := b.member(t, "0", "zhang")
				if m.Realname != "老张" || m.Email != one.Email || m.WorkNo != one.JobNumber || m.State != "active" {
					t.Errorf("member %+v, want its own name, and what it lacked from the directory", m)
				}
			},
		},
		"account without name": {
			before: func(t *testing.T, b *bundle) {
				id := b.create(t, account)
				b.exec(t, "UPDATE thirdapp_people SET realname = '' WHERE id = $1", id)
			},
			kind: dirsync.KindUpdate, state: dirsync.ChangeApplied,
			check: func(t *testing.T, b *bundle) {
				if m := b.member(t, "0", "zhang"); m.Realname != one.Name {
					t.Errorf("realname %q, want %q", m.Realname, one.Name)
				}
			},
		},
		"account outside of the tenant joins": {
			before: func(t *testing.T, b *bundle) { b.create(t, outside) },
			kind:   dirsync.KindCreate, existing: true, state: dirsync.ChangeApplied,
			check: func(t *testing.T, b *bundle) {
				m := b.member(t, "0", "zhang")
				if m.State != "active" || m.Email != one.Email {
					t.Errorf("member %+v, want active, with the email it lacked", m)
				}
			},
		},
		"account outside of the tenant waits": {
			before: func(t *testing.T, b *bundle) { b.create(t, outside) },
			cfg:    func(c *dirsync.Config) { c.JoinExisting = dirsync.JoinPending },
			kind:   dirsync.KindCreate, existing: true, state: dirsync.ChangeApplied,
			check: func(t *testing.T, b *bundle) {
				if m := b.member(t, "0", "zhang"); m.State != "pending" {
					t.Errorf("state %s, want pending", m.State)
				}
			},
		},
		"account of several tenants keeps its email": {
			before: func(t *testing.T, b *bundle) {
				both := outside
				both.Email = "old@example.com"
				b.create(t, both)
			},
			kind: dirsync.KindCreate, existing: true, state: dirsync.ChangeApplied, reason: "该账号还属于其他租户",
			check: func(t *testing.T, b *bundle) {
				if m := b.member(t, "0", "zhang"); m.Email != "old@example.com" {
					t.Errorf("email %s, want the old one", m.Email)
				}
			},
		},
		"suspended account stays so": {
			before: func(t *testing.T, b *bundle) {
				b.create(t, account)
				b.exec(t, "UPDATE thirdapp_memberships SET state = 'suspended'")
			},
			kind: dirsync.KindUpdate, state: dirsync.ChangeApplied,
			check: func(t *testing.T, b *bundle) {
				if m := b.member(t, "0", "zhang"); m.State != "suspended" {
					t.Errorf("state %s, want suspended", m.State)
				}
			},
		},
		"bound, whatever the mobile number": {
			before: func(t *testing.T, b *bundle) {
				other := account
				other.Phone = "13900000000"
				b.bind(t, one.UserID, one.UnionID, b.create(t, other))
			},
			kind: dirsync.KindUpdate, state: dirsync.ChangeApplied,
			check: func(t *testing.T, b *bundle) {
				if m := b.member(t, "0", "zhang"); m.Phone != one.Mobile {
					t.Errorf("phone %s, want %s", m.Phone, one.Mobile)
				}
			},
		},
		"bound and without mobile number": {
			before: func(t *testing.T, b *bundle) {
				b.bind(t, one.UserID, one.UnionID, b.create(t, account))
				b.dir.edit(1, func(p *provider.Person) { p.Mobile = "" })
			},
			kind: dirsync.KindUpdate, state: dirsync.ChangeApplied,
		},
		"bound by union id under a user id that is gone": {
			before: func(t *testing.T, b *bundle) { b.bind(t, "gone", one.UnionID, b.create(t, account)) },
			kind:   dirsync.KindUpdate, state: dirsync.ChangeApplied,
			check: func(t *testing.T, b *bundle) {
				if got := query(t, b.store, "SELECT provider_user_id FROM thirdapp_bindings"); !slices.Equal(got, []string{string(one.UserID)}) {
					t.Errorf("bound users %v, want %s only", got, one.UserID)
				}
			},
		},
		"bound by union id under a user id that is there": {
			before: func(t *testing.T, b *bundle) {
				b.bind(t, somebody(2).UserID, one.UnionID, b.create(t, account))
				b.dir.addPeople(2, 3)
			},
			kind: dirsync.KindConflict, state: dirsync.ChangeSkipped, reason: "已绑定用户" + string(somebody(2).UserID), resolves: true,
		},
		"account is somebody else's": {
			before: func(t *testing.T, b *bundle) {
				b.bind(t, somebody(2).UserID, "x", b.create(t, account))
				b.dir.addPeople(2, 3)
			},
			kind: dirsync.KindConflict, state: dirsync.ChangeSkipped, reason: "已绑定用户" + string(somebody(2).UserID), resolves: true,
		},
		"no mobile number": {
			before: func(_ *testing.T, b *bundle) { b.dir.edit(1, func(p *provider.Person) { p.Mobile = "" }) },
			kind:   dirsync.KindConflict, state: dirsync.ChangeSkipped, reason: "手机号为空",
		},
		"mobile number twice": {
			before: func(_ *testing.T, b *bundle) {
				b.dir.addPeople(2, 3)
				b.dir.edit(2, func(p *provider.Person) { p.Mobile = one.Mobile })
			},
			kind: dirsync.KindConflict, state: dirsync.ChangeSkipped, reason: "手机号与用户" + string(somebody(2).UserID),
		},
		"email is taken": {
			before: func(t *testing.T, b *bundle) {
				b.create(t, bunstore.NewPerson{Username: "x", Realname: "x", Email: strings.ToUpper(one.Email)})
			},
			kind: dirsync.KindCreate, state: dirsync.ChangeFailed, reason: "邮箱重复，请更换邮箱",
		},
		"job number is taken": {
			before: func(t *testing.T, b *bundle) {
				b.create(t, bunstore.NewPerson{Username: "x", Realname: "x", Tenants: []tenant.ID{"0"}})
				b.exec(t, "UPDATE thirdapp_memberships SET work_no = $1", one.JobNumber)
			},
			kind: dirsync.KindCreate, state: dirsync.ChangeFailed, reason: "工号重复，请更换工号",
		},
		"job number of a suspended member is free": {
			before: func(t *testing.T, b *bundle) {
				b.create(t, bunstore.NewPerson{Username: "x", Realname: "x", Tenants: []tenant.ID{"0"}})
				b.exec(t, "UPDATE thirdapp_memberships SET state = 'suspended', work_no = $1", one.JobNumber)
			},
			kind: dirsync.KindCreate, state: dirsync.ChangeApplied,
		},
		"username is taken": {
			before: func(t *testing.T, b *bundle) {
				b.create(t, bunstore.NewPerson{Username: one.Mobile, Realname: "x"})
			},
			kind: dirsync.KindCreate, state: dirsync.ChangeApplied,
			check: func(t *testing.T, b *bundle) {
				if _, err := b.people.ByUsername(t.Context(), one.Mobile+"-2"); err != nil {
					t.Errorf("no account with a username of its own: %v", err)
				}
			},
		},
		"email of an account in the tenant is taken": {
			before: func(t *testing.T, b *bundle) {
				b.create(t, account)
				b.create(t, bunstore.NewPerson{Username: "x", Realname: "x", Email: one.Email})
			},
			kind: dirsync.KindUpdate, state: dirsync.ChangeFailed, reason: "邮箱重复，请更换邮箱",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s *bunstore.Store) {
				b := setup(t, s, func(b *bundle) {
					if test.cfg != nil {
						test.cfg(&b.cfg)
					}
				})
				b.dir.addPeople(1, 2)
				if test.before != nil {
					test.before(t, b)
				}
				run := b.pull(t, "0")
				c := b.changeOf(t, run, one.UserID)
				if c.Kind != test.kind || c.State != test.state || c.Existing != test.existing || !strings.Contains(c.Reason.ZH, test.reason) ||
					test.reason == "" && !c.Reason.IsZero() {
					t.Errorf("change %+v; want kind %s, state %s, existing %t, reason %q", c, test.kind, test.state, test.existing, test.reason)
				}
				failed := c.State == dirsync.ChangeFailed
				if (run.State == dirsync.StatePartial) != failed || !failed && run.State != dirsync.StateSucceeded {
					t.Errorf("run %s", run.State)
				}
				if failed && run.Progress.ChangesFailed != 1 {
					t.Errorf("progress %+v, want one failure", run.Progress)
				}
				if test.check != nil {
					test.check(t, b)
				}
				again := b.pull(t, "0")
				c = b.changeOf(t, again, one.UserID)
				if test.state == dirsync.ChangeApplied && c.ID != "" {
					t.Errorf("the next run plans %+v again", c)
				}
				if test.state != dirsync.ChangeApplied && !test.resolves && (c.Kind != test.kind || c.State != test.state) {
					t.Errorf("the next run has %+v, want the same again", c)
				}
			})
		})
	}
}

// create adds an account to the platform.
func (b *bundle) create(tb testing.TB, n bunstore.NewPerson) (id string) {
	tb.Helper()
	p, err := b.people.Create(tb.Context(), n)
	if err != nil {
		tb.Fatal(err)
	}
	return p.ID
}

// bind binds an account of tenant 0, as a login does.
func (b *bundle) bind(tb testing.TB, user provider.UserID, union provider.UnionID, account string) {
	tb.Helper()
	b.exec(tb, `INSERT INTO thirdapp_bindings
		(tenant_id, provider, org_id, provider_user_id, union_id, person_id, active, created_at, updated_at)
		VALUES ('0', 'fake', 'org1', $1, $2, $3, TRUE, '2026-01-01', '2026-01-01')`, string(user), string(union), account)
}

func (b *bundle) exec(tb testing.TB, statement string, args ...any) {
	tb.Helper()
	if _, err := b.store.DB().DB.ExecContext(tb.Context(), statement, args...); err != nil {
		tb.Fatal(err)
	}
}

// changeOf returns the change of a person, zero when there is none.
func (b *bundle) changeOf(tb testing.TB, run dirsync.Run, user provider.UserID) dirsync.Change {
	tb.Helper()
	for _, c := range b.changes(tb, run, dirsync.ChangeFilter{Entity: dirsync.EntityPerson}) {
		if c.RemoteID == string(user) {
			return c
		}
	}
	return dirsync.Change{}
}

// TestTwoTenants has two tenants on one organisation: each has departments of
// its own, and both have the same people.
func TestTwoTenants(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addDepartments(5, 2)
		b.dir.addPeople(0, 20)
		first := b.pull(t, "a")
		before := snapshot(t, s, "a")
		second := b.pull(t, "b")
		wantSame(t, "tenant a after a pull of b", snapshot(t, s, "a"), before)
		wantKinds(t, "people of b", second.Counts.People, map[dirsync.Kind]int{dirsync.KindCreate: 20})
		for _, c := range b.changes(t, second, dirsync.ChangeFilter{Entity: dirsync.EntityPerson}) {
			if !c.Existing || c.State != dirsync.ChangeApplied {
				t.Fatalf("change %+v, want the account of tenant a to join", c)
			}
		}
		b.dir.remove(3)
		b.pull(t, "b")
		if m := b.member(t, "a", somebody(3).Mobile); m.State != "active" {
			t.Errorf("member of a is %s after leaving b only, want active", m.State)
		}
		if m := b.member(t, "b", somebody(3).Mobile); m.State != "suspended" {
			t.Errorf("member of b is %s, want suspended", m.State)
		}
		if _, err := b.Run(as(t), "b", first.ID); !errors.Is(err, dirsync.ErrNoRun) {
			t.Errorf("run of another tenant: %v, want ErrNoRun", err)
		}
	})
}

// TestTwoOrganisations has somebody leave one of two directories of a tenant.
func TestTwoOrganisations(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addPeople(0, 3)
		b.pull(t, "0")
		b.conns.org = "org2"
		b.restart(t)
		b.pull(t, "0")
		if m := b.member(t, "0", somebody(1).Mobile); len(m.DepartmentIDs) != 2 {
			t.Errorf("departments %v, want one of each organisation", m.DepartmentIDs)
		}
		b.dir.remove(1)
		b.pull(t, "0")
		if m := b.member(t, "0", somebody(1).Mobile); m.State != "active" || len(m.DepartmentIDs) != 1 {
			t.Errorf("member %+v, want active in the department of the other organisation", m)
		}
		b.conns.org = "org1"
		b.restart(t)
		b.pull(t, "0")
		if m := b.member(t, "0", somebody(1).Mobile); m.State != "suspended" || len(m.DepartmentIDs) != 0 {
			t.Errorf("member %+v, want suspended once both are left", m)
		}
	})
}

// TestInitialPassword creates accounts with a password.
func TestInitialPassword(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s, func(b *bundle) {
			b.cfg.InitialPassword = dirsync.HouseNumberMobile
			b.cfg.HouseNumbers = func(context.Context, tenant.ID) (string, error) { return "A12", nil }
		})
		b.dir.addPeople(0, 2)
		b.pull(t, "0")
		login, err := b.people.Authenticate(t.Context(), somebody(1).Mobile, provider.NewSecret("A12"+somebody(1).Mobile))
		if err != nil || !login.MustChangePassword {
			t.Errorf("login %+v, %v; want to be let in, to change the password", login, err)
		}
	})
}

// TestOneBadRow has a members port that cannot take certain people: each of
// them fails alone, whether the port says so or its transaction breaks.
func TestOneBadRow(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		bad := map[provider.UserID]bool{somebody(3).UserID: true, somebody(17).UserID: true}
		var broken *picky
		b := setup(t, s, func(b *bundle) {
			broken = &picky{Members: b.people, bad: bad, batches: map[int]int{}}
			b.members, b.cfg.BatchSize = broken, 10
		})
		b.dir.addPeople(0, 30)
		run := b.pull(t, "0")
		if run.State != dirsync.StatePartial || run.Progress.ChangesFailed != 2 || run.Progress.ChangesApplied != 29 {
			t.Fatalf("run %+v, failures %v", run, b.queue.failures)
		}
		for _, c := range b.changes(t, run, dirsync.ChangeFilter{State: dirsync.ChangeFailed}) {
			if !bad[provider.UserID(c.RemoteID)] || c.Reason.ZH != "数据库中已存在该记录" {
				t.Errorf("failed change %+v", c)
			}
		}
		if n := len(b.changes(t, run, dirsync.ChangeFilter{State: dirsync.ChangeApplied})); n != 29 {
			t.Errorf("%d changes are applied, want 29", n)
		}
		if broken.batches[10] != 3 {
			t.Errorf("calls by size %v, want three whole batches", broken.batches)
		}
		broken.mu.Lock()
		broken.bad = nil
		broken.mu.Unlock()
		if run = b.pull(t, "0"); run.State != dirsync.StateSucceeded || run.Progress.ChangesApplied != 2 {
			t.Errorf("next run %+v, want the two", run)
		}
	})
}

// picky breaks the transaction of every batch that has a bad person.
type picky struct {
	dirsync.Members
	mu      sync.Mutex
	bad     map[provider.UserID]bool
	batches map[int]int
}

func (m *picky) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	out, err := m.Members.ApplyPeople(ctx, dir, changes)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.batches[len(changes)]++
	for _, c := range changes {
		if m.bad[c.RemoteID] {
			return nil, fmt.Errorf("row of %s: %w", c.RemoteID, tenant.ErrConflict)
		}
	}
	return out, err
}

// TestFailedDepartment has a department that cannot be created: what is below
// it hangs at the top, its people lack it, and the next run makes good.
func TestFailedDepartment(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addDepartments(5, 2)
		b.dir.addPeople(0, 20)
		b.pull(t, "whole")
		refusing := &refusing{Members: b.people, bad: "2"}
		b.members = refusing
		b.restart(t)
		run := b.pull(t, "0")
		if run.State != dirsync.StatePartial || run.Progress.ChangesFailed != 1 {
			t.Fatalf("run %+v", run)
		}
		noted := 0
		for _, c := range b.changes(t, run, dirsync.ChangeFilter{Entity: dirsync.EntityPerson, State: dirsync.ChangeApplied}) {
			if strings.Contains(c.Reason.ZH, "部门未同步成功") {
				noted++
			}
		}
		if noted == 0 {
			t.Error("no change says that a department is missing")
		}
		refusing.bad = ""
		if run = b.pull(t, "0"); run.State != dirsync.StateSucceeded {
			t.Errorf("next run %+v", run)
		}
		wantSame(t, "departments", part(snapshot(t, s, "0"), "departments"), part(snapshot(t, s, "whole"), "departments"))
		wantSame(t, "places", part(snapshot(t, s, "0"), "places"), part(snapshot(t, s, "whole"), "places"))
	})
}

// part returns a part of a snapshot.
func part(snapshot, title string) string {
	_, after, _ := strings.Cut(snapshot, "# "+title+"\n")
	before, _, _ := strings.Cut(after, "# ")
	return before
}

// refusing refuses a department.
type refusing struct {
	dirsync.Members
	bad provider.DepartmentID
}

func (m *refusing) ApplyDepartments(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.DepartmentChange,
) ([]dirsync.Outcome, error) {
	var good []dirsync.DepartmentChange
	for _, c := range changes {
		if c.RemoteID != m.bad {
			good = append(good, c)
		}
	}
	out, err := m.Members.ApplyDepartments(ctx, dir, good)
	for i, c := range changes {
		if c.RemoteID == m.bad {
			out = slices.Insert(out, i, dirsync.Outcome{Failure: provider.Text{ZH: "不行", EN: "no"}})
		}
	}
	return out, err
}
