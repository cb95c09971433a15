package pulltest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// TestOneActiveRun has many start a run of the same tenant at the same time.
func TestOneActiveRun(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		var mu sync.Mutex
		var started []dirsync.Run
		var refused []error
		var owned sync.WaitGroup
		for range 8 {
			owned.Go(func() {
				run, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					started = append(started, run)
				} else {
					refused = append(refused, err)
				}
			})
		}
		owned.Wait()
		if len(started) != 1 || len(refused) != 7 {
			t.Fatalf("%d runs started, %d refused; want 1 and 7", len(started), len(refused))
		}
		for _, err := range refused {
			wantActive(t, err, started[0].ID)
		}
		if _, err := b.StartRun(as(t), "other", dirsync.RunRequest{Provider: "fake"}); err != nil {
			t.Errorf("run of another tenant: %v", err)
		}
	})
}

// TestTwoWorkers has two workers at one run: the later one takes it, the
// earlier one writes nothing more.
func TestTwoWorkers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addDepartments(3, 2)
		b.dir.addPeople(0, 30)
		run, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
		if err != nil {
			t.Fatal(err)
		}
		job, ok := b.queue.next()
		if !ok {
			t.Fatal("no job")
		}
		var second error
		took := false
		b.dir.fail = func(op, _ string, _ provider.Cursor) error {
			if op == "people" && !took {
				took = true
				b.dir.mu.Unlock() // the second worker reads, too
				second = b.queue.execute(t.Context(), job)
				b.dir.mu.Lock()
			}
			return nil
		}
		first := b.queue.execute(t.Context(), job)
		if second != nil {
			t.Errorf("second worker: %v", second)
		}
		if pause, again := jobs.AsAgain(first); !again || pause < time.Second {
			t.Errorf("first worker ended with %v, want to look again later", first)
		}
		run, err = b.Run(as(t), "0", run.ID)
		if err != nil || run.State != dirsync.StateSucceeded || run.Progress.ChangesApplied != 34 || run.Progress.PeopleRead > 40 {
			t.Errorf("run %+v, %v; want every change applied once", run, err)
		}
	})
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(0, 1)
	run := b.pull(t, "0")
	b.authz.denied = []tenant.Permission{
		{Object: tenant.ObjectSync, Action: tenant.ActionRun}, {Object: tenant.ObjectSync, Action: tenant.ActionRead},
	}
	nobody := t.Context()
	viewer := tenant.WithActor(t.Context(), tenant.Actor{UserID: "u1", Username: "viewer"})
	for name, call := range map[string]func(ctx context.Context) error{
		"StartRun": func(ctx context.Context) error {
			_, err := b.StartRun(ctx, "0", dirsync.RunRequest{Provider: "fake"})
			return err
		},
		"Cancel":  func(ctx context.Context) error { _, err := b.Cancel(ctx, "0", run.ID); return err },
		"Approve": func(ctx context.Context) error { _, err := b.Approve(ctx, "0", run.ID); return err },
		"Discard": func(ctx context.Context) error { _, err := b.Discard(ctx, "0", run.ID); return err },
		"Run":     func(ctx context.Context) error { _, err := b.Run(ctx, "0", run.ID); return err },
		"Runs": func(ctx context.Context) error {
			_, err := b.Runs(ctx, "0", dirsync.RunFilter{}, tenant.Page{})
			return err
		},
		"Changes": func(ctx context.Context) error {
			_, err := b.Changes(ctx, "0", run.ID, dirsync.ChangeFilter{}, tenant.Page{})
			return err
		},
		"Summary": func(ctx context.Context) error { _, err := b.Summary(ctx, "0", run.ID, 0); return err },
		"Wait":    func(ctx context.Context) error { _, err := b.Wait(ctx, "0", run.ID, time.Second); return err },
		"Watch": func(ctx context.Context) (last error) {
			for _, err := range b.Watch(ctx, "0", run.ID) {
				last = err
			}
			return last
		},
	} {
		if err := call(nobody); !errors.Is(err, tenant.ErrNoActor) {
			t.Errorf("%s without actor: %v, want ErrNoActor", name, err)
		}
		if err := call(viewer); !errors.Is(err, tenant.ErrForbidden) {
			t.Errorf("%s without permission: %v, want ErrForbidden", name, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	for name, test := range map[string]struct {
		req  dirsync.RunRequest
		code provider.Code
	}{
		"direction": {dirsync.RunRequest{Provider: "fake", Direction: "sideways"}, provider.InvalidArgument},
		"mode":      {dirsync.RunRequest{Provider: "fake", Mode: "half"}, provider.InvalidArgument},
	} {
		if _, err := b.StartRun(as(t), "0", test.req); provider.CodeOf(err) != test.code {
			t.Errorf("%s: %v, want code %s", name, err, test.code)
		}
	}
	b.conns.prov = empty{b.dir}
	if _, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"}); provider.CodeOf(err) != provider.Unsupported {
		t.Errorf("office app without directory: %v, want code unsupported", err)
	}
	for name, err := range map[string]error{
		"Run":     second(b.Run(as(t), "0", "none")),
		"Cancel":  second(b.Cancel(as(t), "0", "none")),
		"Approve": second(b.Approve(as(t), "0", "none")),
		"Changes": second(b.Changes(as(t), "0", "none", dirsync.ChangeFilter{}, tenant.Page{})),
		"Summary": second(b.Summary(as(t), "0", "none", 0)),
	} {
		if !errors.Is(err, dirsync.ErrNoRun) {
			t.Errorf("%s of an unknown run: %v, want ErrNoRun", name, err)
		}
	}
	if _, err := b.Runs(as(t), "0", dirsync.RunFilter{}, tenant.Page{Cursor: "nonsense"}); provider.CodeOf(err) != provider.InvalidArgument {
		t.Errorf("malformed cursor: %v, want code invalid_argument", err)
	}
}

func second[T any](_ T, err error) error { return err }

// empty is a provider without abilities.
type empty struct{ provider.Provider }

func TestAudit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		ctx := tenant.WithActor(t.Context(), tenant.Actor{UserID: "u1", Username: "ann"})
		run, err := b.StartRun(ctx, "0", dirsync.RunRequest{Provider: "fake", DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		if run.StartedBy != "ann" {
			t.Errorf("started by %q, want ann", run.StartedBy)
		}
		_, _ = b.StartRun(ctx, "0", dirsync.RunRequest{Provider: "fake"})
		_, _ = b.Approve(ctx, "0", run.ID)
		if _, err := b.Cancel(ctx, "0", run.ID); err != nil {
			t.Fatal(err)
		}
		list, err := s.Audit(t.Context(), "0", tenant.AuditFilter{}, tenant.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range list.Items {
			got = append(got, e.Action+" "+e.Outcome+" "+e.ActorName)
		}
		want := "sync.cancel ok ann, sync.approve run_not_waiting ann, sync.start run_active ann, sync.start ok ann"
		if strings.Join(got, ", ") != want {
			t.Errorf("audit trail %v, want %s", got, want)
		}
	})
}

// TestWait waits for a run that another goroutine works.
func TestWait(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addPeople(0, 10)
		run, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "fake"})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := b.Wait(as(t), "0", run.ID, time.Nanosecond); err != nil || got.State != dirsync.StateQueued {
			t.Errorf("a short wait returned %s, %v; want queued", got.State, err)
		}
		ctx, cancel := context.WithCancel(as(t))
		cancel()
		if _, err := b.Wait(ctx, "0", run.ID, time.Minute); !errors.Is(err, context.Canceled) {
			t.Errorf("wait of somebody who gave up: %v", err)
		}
		var owned sync.WaitGroup
		defer owned.Wait()
		var states []dirsync.State
		owned.Go(func() {
			for r, err := range b.Watch(as(t), "0", run.ID) {
				if err != nil {
					t.Error(err)
				}
				states = append(states, r.State)
			}
		})
		owned.Go(func() {
			if err := b.queue.drain(t.Context()); err != nil {
				t.Error(err)
			}
		})
		got, err := b.Wait(as(t), "0", run.ID, time.Minute)
		if err != nil || got.State != dirsync.StateSucceeded {
			t.Errorf("wait returned %s, %v; want succeeded", got.State, err)
		}
		owned.Wait()
		if n := len(states); n == 0 || states[n-1] != dirsync.StateSucceeded {
			t.Errorf("watched states %v, want succeeded last", states)
		}
	})
}

func TestSummary(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.departments = append(b.dir.departments, provider.Department{ID: "2", ParentID: "1", Name: "研发"})
		b.dir.addPeople(0, 4)
		b.create(t, bunstore.NewPerson{Username: "old", Realname: "老人", Phone: somebody(1).Mobile})
		b.create(t, bunstore.NewPerson{Username: "x", Realname: "x", Email: somebody(2).Email})
		b.dir.edit(3, func(p *provider.Person) { p.Mobile = "" })
		run := b.pull(t, "0")
		info, err := b.Summary(as(t), "0", run.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, "success", info.SuccessInfo,
			"部门 公司 创建成功！", "部门 研发 创建成功！", "用户 张三0(13800000000) 创建成功！", "用户 张三1(old) 更新成功！")
		wantLines(t, "failures", info.FailInfo,
			"用户 u000002(张三2) 同步失败！错误信息：邮箱重复，请更换邮箱", "用户 u000003(张三3) 同步失败！错误信息：手机号为空且未绑定账号，无法匹配")
		short, err := b.Summary(as(t), "0", run.ID, 4)
		if err != nil {
			t.Fatal(err)
		}
		wantLines(t, "bounded success", short.SuccessInfo, "部门 公司 创建成功！", "……其余3条未列出")
		wantLines(t, "bounded failures", short.FailInfo, info.FailInfo...)
		b.dir.fail = func(op, _ string, _ provider.Cursor) error {
			return errIf(op == "scope", &provider.Error{
				Code: provider.Unauthenticated, UpstreamMessage: "invalid secret", Remedy: provider.Text{ZH: "请检查密钥"},
			})
		}
		run = b.pull(t, "0")
		if info, err = b.Summary(as(t), "0", run.ID, 0); err != nil || info.SuccessInfo == nil {
			t.Fatalf("%+v, %v", info, err)
		}
		wantLines(t, "failed run", info.FailInfo, "accessToken获取失败！", "invalid secret", "请检查密钥")
	})
}

func wantLines(tb testing.TB, what string, got []string, want ...string) {
	tb.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		tb.Errorf("%s: lines\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestPages lists runs and changes piece by piece.
func TestPages(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := setup(t, s)
		b.dir.addPeople(0, 25)
		first := b.pull(t, "0")
		second := b.pull(t, "0")
		page := tenant.Page{Limit: 1}
		var ids []string
		for {
			list, err := b.Runs(as(t), "0", dirsync.RunFilter{}, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list.Items {
				ids = append(ids, r.ID)
			}
			if page.Cursor = list.Next; list.Next == "" {
				break
			}
		}
		if fmt.Sprint(ids) != fmt.Sprint([]string{second.ID, first.ID}) {
			t.Errorf("runs %v, want the newest first", ids)
		}
		seen := map[string]bool{}
		for page = (tenant.Page{Limit: 7}); ; {
			list, err := b.Changes(as(t), "0", first.ID, dirsync.ChangeFilter{Entity: dirsync.EntityPerson, State: dirsync.ChangeApplied}, page)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list.Items {
				if seen[c.RemoteID] || c.LocalID == "" || c.Account == "" {
					t.Errorf("change %+v, want each once, with what was created", c)
				}
				seen[c.RemoteID] = true
			}
			if page.Cursor = list.Next; list.Next == "" {
				break
			}
		}
		if len(seen) != 25 {
			t.Errorf("%d changes listed, want 25", len(seen))
		}
	})
}

// TestMembersPanic has a members port that panics for ever: the run ends.
func TestMembersPanic(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t), func(b *bundle) { b.members = panicking{b.people} })
	b.dir.addPeople(0, 3)
	run := b.pull(t, "0")
	if run.State != dirsync.StatePartial && run.State != dirsync.StateFailed {
		t.Errorf("run %s, want it to end badly", run.State)
	}
	if strings.Contains(fmt.Sprint(run.Error), "no such luck") {
		t.Errorf("error %+v shows the panic", run.Error)
	}
}

type panicking struct{ dirsync.Members }

func (panicking) ApplyPeople(context.Context, dirsync.Directory, []dirsync.PersonChange) ([]dirsync.Outcome, error) {
	panic("no such luck")
}

func TestJoin(t *testing.T) {
	t.Parallel()
	b := setup(t, openSQLite(t))
	b.dir.addPeople(0, 3)
	first, joined, err := b.StartOrJoin(as(t), "0", dirsync.RunRequest{Provider: "fake"})
	if err != nil || joined {
		t.Fatalf("run %+v, joined %t, %v; want a new one", first, joined, err)
	}
	second, joined, err := b.StartOrJoin(as(t), "0", dirsync.RunRequest{Provider: "fake", Direction: dirsync.Pull})
	if err != nil || !joined || second.ID != first.ID {
		t.Errorf("run %+v, joined %t, %v; want %s", second, joined, err, first.ID)
	}
	_, _, err = b.StartOrJoin(as(t), "0", dirsync.RunRequest{Provider: "fake", DryRun: true})
	wantActive(t, err, first.ID)
	b.work(t, first)
	third, joined, err := b.StartOrJoin(as(t), "0", dirsync.RunRequest{Provider: "fake"})
	if err != nil || joined || third.ID == first.ID {
		t.Errorf("run %+v, joined %t, %v; want a new one", third, joined, err)
	}
	b.authz.denied = []tenant.Permission{{Object: tenant.ObjectSync, Action: tenant.ActionRun}}
	viewer := tenant.WithActor(t.Context(), tenant.Actor{UserID: "u1", Username: "viewer"})
	if _, _, err := b.StartOrJoin(viewer, "0", dirsync.RunRequest{Provider: "fake"}); !errors.Is(err, tenant.ErrForbidden) {
		t.Errorf("join without permission: %v, want ErrForbidden", err)
	}
}
