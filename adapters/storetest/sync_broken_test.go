package storetest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/internal/bunstoretest"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// The faults: each is a store, or members, right but for one thing.
type (
	sharesRuns      struct{ dirsync.Store }
	filtersNone     struct{ dirsync.Store }
	oneTooMany      struct{ dirsync.Store }
	keepsRuns       struct{ dirsync.Store }
	prunesUndone    struct{ dirsync.Store }
	commits         struct{ dirsync.Store }
	firesTwice      struct{ dirsync.Store }
	forgetsBefore   struct{ dirsync.Store }
	keepsNoPush     struct{ dirsync.Store }
	sharesBefore    struct{ dirsync.Store }
	forgetsRemoved  struct{ dirsync.Store }
	bringsManagers  struct{ dirsync.Store }
	writesOn        struct{ dirsync.Store }
	losesWindow     struct{ dirsync.Store }
	missesNobody    struct{ dirsync.Store }
	forgetsReason   struct{ dirsync.Store }
	anyOrder        struct{ dirsync.Store }
	keepsReplaced   struct{ dirsync.Store }
	missesAll       struct{ dirsync.Store }
	forgetsPauses   struct{ dirsync.Store }
	oneQueue        struct{ dirsync.Store }
	knowsNoEvent    struct{ dirsync.Store }
	forgetsGrace    struct{ dirsync.Store }
	forgetsAsking   struct{ dirsync.Store }
	forgetsSeen     struct{ dirsync.Store }
	forgetsUnseen   struct{ dirsync.Store }
	sharesClashes   struct{ dirsync.Store }
	opensNoManager  struct{ dirsync.Store }
	settlesManagers struct{ dirsync.Store }
	sharesDisputes  struct{ dirsync.Store }
	sharesChanges   struct{ dirsync.Store }
	countsThePlan   struct{ dirsync.Store }
	anyRules        struct{ dirsync.Store }

	suspendsNobody  struct{ dirsync.Members }
	suspendsAll     struct{ dirsync.Members }
	matchesAnybody  struct{ dirsync.Members }
	losesPlaces     struct{ dirsync.Members }
	mixesUpOutcomes struct{ dirsync.Members }
	sharesTenants   struct{ dirsync.Members }
	matchesAbroad   struct{ dirsync.Members }
	currentAbroad   struct{ dirsync.Members }
	suspendsEarly   struct{ dirsync.Members }
	keepsNothing    struct{ dirsync.Members }
	sharesNames     struct{ dirsync.Members }
)

func (s sharesRuns) Run(ctx context.Context, t tenant.ID, id string) (dirsync.Run, error) {
	run, err := s.Store.Run(ctx, t, id)
	if errors.Is(err, tenant.ErrNotFound) {
		return s.Store.Run(ctx, "t1", id)
	}
	return run, err
}

func (s sharesChanges) Change(ctx context.Context, t tenant.ID, runID, id string) (dirsync.Change, error) {
	c, err := s.Store.Change(ctx, t, runID, id)
	if errors.Is(err, tenant.ErrNotFound) {
		return s.Store.Change(ctx, "t1", runID, id)
	}
	return c, err
}

func (s countsThePlan) AppliedCounts(ctx context.Context, t tenant.ID, runID string) (dirsync.Counts, error) {
	if _, err := s.Run(ctx, t, runID); err != nil {
		return dirsync.Counts{}, err
	}
	plan, err := s.CountPlan(ctx, dirsync.Claim{Run: dirsync.Run{Tenant: t, ID: runID}})
	return plan.Counts, err
}

func (s filtersNone) Runs(
	ctx context.Context, t tenant.ID, _ dirsync.RunFilter, p tenant.Page,
) (tenant.List[dirsync.Run], error) {
	return s.Store.Runs(ctx, t, dirsync.RunFilter{}, p)
}

func (s oneTooMany) CreateRun(ctx context.Context, r dirsync.Run) error {
	err := s.Store.CreateRun(ctx, r)
	var active *dirsync.ActiveRunError
	if errors.As(err, &active) {
		return nil
	}
	return err
}

func (s keepsRuns) PruneRuns(context.Context, tenant.ID, provider.Kind, time.Time, int) (int, error) {
	return 0, nil
}

func (s prunesUndone) CreateRun(ctx context.Context, r dirsync.Run) error {
	r.Undoes = ""
	return s.Store.CreateRun(ctx, r)
}

func (s commits) Rehearse(ctx context.Context, r dirsync.Run, fn func(context.Context, dirsync.Claim) error) error {
	if err := s.CreateRun(ctx, r); err != nil {
		return err
	}
	c, err := s.ClaimRun(ctx, r.Tenant, r.ID, r.CreatedAt)
	if err != nil {
		return err
	}
	return fn(ctx, c)
}

func (s firesTwice) AdvanceSyncSchedule(ctx context.Context, d dirsync.Schedule, due time.Time) error {
	if err := s.Store.AdvanceSyncSchedule(ctx, d, due); !errors.Is(err, tenant.ErrConflict) {
		return err
	}
	return nil
}

func (s forgetsBefore) UndonePeople(
	ctx context.Context, c dirsync.Claim, after, limit int,
) ([]dirsync.UndonePerson, int, error) {
	list, last, err := s.Store.UndonePeople(ctx, c, after, limit)
	for i := range list {
		list[i].Before = nil
	}
	return list, last, err
}

// RecordPush keeps nothing of what was before.
func (s keepsNoPush) RecordPush(
	ctx context.Context, c dirsync.Claim, b dirsync.Batch, done []dirsync.Pushed, orders []dirsync.StagedDepartment,
	last bool, at time.Time,
) (bool, error) {
	done = slices.Clone(done)
	for i := range done {
		done[i].BeforePerson, done[i].BeforeDepartment = nil, nil
	}
	return s.Store.RecordPush(ctx, c, b, done, orders, last, at)
}

func (s sharesBefore) PeopleBefore(
	ctx context.Context, c dirsync.Claim, ids []provider.UserID,
) (map[provider.UserID]dirsync.MirrorPerson, error) {
	c.Run.Tenant = "t1"
	return s.Store.PeopleBefore(ctx, c, ids)
}

func (s forgetsRemoved) Targets(ctx context.Context, r dirsync.Run) ([]dirsync.Target, error) {
	targets, err := s.Store.Targets(ctx, r)
	for i := range targets {
		targets[i].Removed = false
	}
	return targets, err
}

// RecordPush forgets which managers both sides have in common.
func (s bringsManagers) RecordPush(
	ctx context.Context, c dirsync.Claim, b dirsync.Batch, done []dirsync.Pushed, orders []dirsync.StagedDepartment,
	last bool, at time.Time,
) (bool, error) {
	done = slices.Clone(done)
	for i := range done {
		done[i].ManagerSettled = false
	}
	return s.Store.RecordPush(ctx, c, b, done, orders, last, at)
}

// StagePages ignores the fence: it takes the claim that is valid now.
func (s writesOn) StagePages(ctx context.Context, c dirsync.Claim, p dirsync.Staging, at time.Time) (bool, error) {
	for range 10 {
		cancel, err := s.Store.StagePages(ctx, c, p, at)
		if !errors.Is(err, dirsync.ErrLost) {
			return cancel, err
		}
		c.Fence++
	}
	return false, dirsync.ErrLost
}

func (s losesWindow) ChangedPeople(
	ctx context.Context, c dirsync.Claim, after provider.UserID, window int,
) ([]dirsync.ChangedPerson, provider.UserID, error) {
	list, _, err := s.Store.ChangedPeople(ctx, c, after, window)
	return list, "", err
}

func (s missesNobody) MissingPeople(context.Context, dirsync.Claim, provider.UserID, int) ([]dirsync.MirrorPerson, error) {
	return nil, nil
}

// MissingPeople forgets whom an incremental run is about.
func (s missesAll) MissingPeople(ctx context.Context, c dirsync.Claim, after provider.UserID, limit int) ([]dirsync.MirrorPerson, error) {
	c.Run.Mode = dirsync.Full
	return s.Store.MissingPeople(ctx, c, after, limit)
}

func (s oneQueue) TouchQueues(ctx context.Context, t tenant.ID) ([]dirsync.TouchQueue, error) {
	queues, err := s.Store.TouchQueues(ctx, t)
	return queues[:min(len(queues), 1)], err
}

func (s forgetsPauses) TakeTouched(ctx context.Context, r dirsync.Run, at time.Time) error {
	return s.Store.TakeTouched(ctx, r, at.Add(24*time.Hour))
}

func (s knowsNoEvent) KeepEvents(
	ctx context.Context, t tenant.ID, appID string, events []provider.Event, at time.Time,
) ([]provider.Event, error) {
	_, err := s.Store.KeepEvents(ctx, t, appID, events, at)
	return events, err
}

func (s forgetsSeen) SeenPlaces(context.Context, dirsync.Claim, func([]dirsync.PlaceKey) error) error {
	return nil
}

func (s forgetsUnseen) StageCompared(ctx context.Context, c dirsync.Claim, found dirsync.Compared, at time.Time) (bool, error) {
	found.Unseen = nil
	return s.Store.StageCompared(ctx, c, found, at)
}

func (s forgetsAsking) Invited(context.Context, dirsync.Directory, []string, time.Time) (map[string]time.Time, error) {
	return nil, nil
}

func (s forgetsReason) RecordPeople(
	ctx context.Context, c dirsync.Claim, b dirsync.Batch, done []dirsync.DonePerson, last bool, at time.Time,
) (bool, error) {
	done = append([]dirsync.DonePerson(nil), done...)
	for i := range done {
		done[i].Outcome.Note = provider.Text{}
	}
	return s.Store.RecordPeople(ctx, c, b, done, last, at)
}

func (s anyOrder) OpenBatches(ctx context.Context, c dirsync.Claim) ([]dirsync.Batch, error) {
	batches, err := s.Store.OpenBatches(ctx, c)
	if n := len(batches); n > 1 {
		batches[0], batches[n-1] = batches[n-1], batches[0]
	}
	return batches, err
}

func (s keepsReplaced) AddChanges(
	ctx context.Context, c dirsync.Claim, stage dirsync.Stage, changes []dirsync.PlannedChange, at time.Time,
) (bool, error) {
	for i := range changes {
		changes[i].Replaces = ""
	}
	return s.Store.AddChanges(ctx, c, stage, changes, at)
}

// SaveSyncSettings ignores the version: it takes the next one.
func (s anyRules) SaveSyncSettings(ctx context.Context, d dirsync.Settings) error {
	stored, err := s.SyncSettings(ctx, d.Tenant, d.Provider)
	if err != nil && !errors.Is(err, tenant.ErrNotFound) {
		return err
	}
	d.Version = stored.Version + 1
	return s.Store.SaveSyncSettings(ctx, d)
}

func (m suspendsNobody) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	return m.with(ctx, dir, changes, true)
}

func (m suspendsNobody) with(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange, elsewhere bool,
) ([]dirsync.Outcome, error) {
	list := append([]dirsync.PersonChange(nil), changes...)
	for i := range list {
		list[i].BoundElsewhere = elsewhere
	}
	return m.Members.ApplyPeople(ctx, dir, list)
}

func (m suspendsAll) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	return suspendsNobody(m).with(ctx, dir, changes, false)
}

func (m matchesAnybody) Match(
	ctx context.Context, dir dirsync.Directory, by dirsync.MatchBy, list []dirsync.Candidate,
) ([]dirsync.Match, error) {
	found, err := m.Members.Match(ctx, dir, by, list)
	for i := range found {
		found[i].InTenant = true
	}
	return found, err
}

func (m losesPlaces) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	list := append([]dirsync.PersonChange(nil), changes...)
	for i := range list {
		list[i].Places = list[i].Places[:min(1, len(list[i].Places))]
	}
	return m.Members.ApplyPeople(ctx, dir, list)
}

func (m mixesUpOutcomes) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	out, err := m.Members.ApplyPeople(ctx, dir, changes)
	if n := len(out); n > 1 {
		out[0], out[n-1] = out[n-1], out[0]
	}
	return out, err
}

func (m sharesTenants) ApplyDepartments(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.DepartmentChange,
) ([]dirsync.Outcome, error) {
	dir.Tenant = "t1"
	return m.Members.ApplyDepartments(ctx, dir, changes)
}

// Match looks for emails in every tenant.
func (m matchesAbroad) Match(
	ctx context.Context, dir dirsync.Directory, by dirsync.MatchBy, list []dirsync.Candidate,
) ([]dirsync.Match, error) {
	found, err := m.Members.Match(ctx, dir, by, list)
	dir.Tenant = "t2"
	others, err2 := m.Members.Match(ctx, dir, by, list)
	return append(found, others...), errors.Join(err, err2)
}

func (m keepsNothing) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	list := append([]dirsync.PersonChange(nil), changes...)
	for i := range list {
		list[i].Keep = 0
	}
	return m.Members.ApplyPeople(ctx, dir, list)
}

// ApplyPeople tells everybody the username that was suggested.
func (m sharesNames) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	out, err := m.Members.ApplyPeople(ctx, dir, changes)
	for i := range out {
		if changes[i].Username != "" {
			out[i].Account = changes[i].Username
		}
	}
	return out, err
}

func (m suspendsEarly) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	list := append([]dirsync.PersonChange(nil), changes...)
	for i := range list {
		if list[i].Kind == dirsync.KindLeaving {
			list[i].Kind = dirsync.KindLeave
		}
	}
	return m.Members.ApplyPeople(ctx, dir, list)
}

// MissingPeople knows of no grace periods.
func (s forgetsGrace) MissingPeople(
	ctx context.Context, c dirsync.Claim, after provider.UserID, limit int,
) ([]dirsync.MirrorPerson, error) {
	list, err := s.Store.MissingPeople(ctx, c, after, limit)
	for i := range list {
		list[i].LeavingSince = time.Time{}
	}
	return list, err
}

// Current says of everybody that they are in the tenant.
func (m currentAbroad) Current(
	ctx context.Context, dir dirsync.Directory, people []dirsync.PersonRef,
) ([]dirsync.CurrentPerson, error) {
	list, err := m.Members.Current(ctx, dir, people)
	for i := range list {
		list[i].InTenant = true
	}
	return list, err
}

func (s sharesClashes) Conflict(ctx context.Context, _ tenant.ID, id string) (dirsync.Conflict, error) {
	return s.Store.Conflict(ctx, "t1", id)
}

func (s opensNoManager) OpenManagers(
	context.Context, dirsync.Claim, provider.UserID, int,
) ([]dirsync.OpenManager, error) {
	return nil, nil
}

func (s settlesManagers) RecordManagers(
	ctx context.Context, c dirsync.Claim, done []dirsync.OpenManager, at time.Time,
) (cancel bool, err error) {
	list := append([]dirsync.OpenManager(nil), done...)
	for i := range list {
		list[i].Conflict = nil
	}
	return s.Store.RecordManagers(ctx, c, list, at)
}

func (s sharesDisputes) Disputed(
	ctx context.Context, dir dirsync.Directory, people []provider.UserID,
) (map[provider.UserID]dirsync.FieldSet, error) {
	dir.Tenant = "t1"
	return s.Store.Disputed(ctx, dir, people)
}

// syncFault is a fault with the subtest that must find it.
type syncFault struct {
	store   func(dirsync.Store) dirsync.Store
	members func(dirsync.Members) dirsync.Members
	found   string
}

func (f syncFault) foundIn() string { return f.found }

func syncFaults() map[string]syncFault {
	store := func(found string, wrap func(dirsync.Store) dirsync.Store) syncFault {
		return syncFault{store: wrap, found: found}
	}
	members := func(found string, wrap func(dirsync.Members) dirsync.Members) syncFault {
		return syncFault{members: wrap, found: found}
	}
	return map[string]syncFault{
		"shares runs":    store("runs/isolation", func(s dirsync.Store) dirsync.Store { return sharesRuns{s} }),
		"two active":     store("runs/active_at_once", func(s dirsync.Store) dirsync.Store { return oneTooMany{s} }),
		"filters none":   store("runs/filter", func(s dirsync.Store) dirsync.Store { return filtersNone{s} }),
		"commits":        store("rehearse/leaves_nothing", func(s dirsync.Store) dirsync.Store { return commits{s} }),
		"keeps runs":     store("prune/prune", func(s dirsync.Store) dirsync.Store { return keepsRuns{s} }),
		"prunes undone":  store("prune/prune_undo", func(s dirsync.Store) dirsync.Store { return prunesUndone{s} }),
		"fires twice":    store("schedule/advance", func(s dirsync.Store) dirsync.Store { return firesTwice{s} }),
		"forgets before": store("undo/changed", func(s dirsync.Store) dirsync.Store { return forgetsBefore{s} }),
		"no push before": store("push/before", func(s dirsync.Store) dirsync.Store { return keepsNoPush{s} }),
		"before shared":  store("push/before", func(s dirsync.Store) dirsync.Store { return sharesBefore{s} }),
		"no removals":    store("near/removed", func(s dirsync.Store) dirsync.Store { return forgetsRemoved{s} }),
		"open managers":  store("push/manager", func(s dirsync.Store) dirsync.Store { return bringsManagers{s} }),
		"ignores fence":  store("claims/lost", func(s dirsync.Store) dirsync.Store { return writesOn{s} }),
		"loses windows":  store("plan/changed", func(s dirsync.Store) dirsync.Store { return losesWindow{s} }),
		"misses nobody":  store("plan/missing", func(s dirsync.Store) dirsync.Store { return missesNobody{s} }),
		"forgets notes":  store("apply/states", func(s dirsync.Store) dirsync.Store { return forgetsReason{s} }),
		"any order":      store("apply/order", func(s dirsync.Store) dirsync.Store { return anyOrder{s} }),
		"any version":    store("settings/versions", func(s dirsync.Store) dirsync.Store { return anyRules{s} }),
		"misses all":     store("near/missing_people", func(s dirsync.Store) dirsync.Store { return missesAll{s} }),
		"forgets pauses": store("near/wait", func(s dirsync.Store) dirsync.Store { return forgetsPauses{s} }),
		"one queue":      store("near/queues", func(s dirsync.Store) dirsync.Store { return oneQueue{s} }),
		"knows no event": store("events/once", func(s dirsync.Store) dirsync.Store { return knowsNoEvent{s} }),
		"forgets asking": store("push/invitations", func(s dirsync.Store) dirsync.Store { return forgetsAsking{s} }),
		"forgets seen":   store("compared/seen_places", func(s dirsync.Store) dirsync.Store { return forgetsSeen{s} }),
		"forgets unseen": store("compared/missing", func(s dirsync.Store) dirsync.Store { return forgetsUnseen{s} }),
		"no managers":    store("managers/open", func(s dirsync.Store) dirsync.Store { return opensNoManager{s} }),
		"one manager":    store("managers/conflict", func(s dirsync.Store) dirsync.Store { return settlesManagers{s} }),
		"shared changes": store("runs/isolation", func(s dirsync.Store) dirsync.Store { return sharesChanges{s} }),
		"plan for done":  store("apply/states", func(s dirsync.Store) dirsync.Store { return countsThePlan{s} }),
		"all disputes":   store("push/disputed", func(s dirsync.Store) dirsync.Store { return sharesDisputes{s} }),
		"keeps replaced": store("apply/replace", func(s dirsync.Store) dirsync.Store { return keepsReplaced{s} }),

		"suspends nobody":  members("leave_and_rejoin", func(m dirsync.Members) dirsync.Members { return suspendsNobody{m} }),
		"suspends all":     members("leave_with_another_home", func(m dirsync.Members) dirsync.Members { return suspendsAll{m} }),
		"matches anybody":  members("match", func(m dirsync.Members) dirsync.Members { return matchesAnybody{m} }),
		"loses places":     members("places", func(m dirsync.Members) dirsync.Members { return losesPlaces{m} }),
		"mixes up":         members("create_in_a_big_batch", func(m dirsync.Members) dirsync.Members { return mixesUpOutcomes{m} }),
		"shares tenants":   members("tenants", func(m dirsync.Members) dirsync.Members { return sharesTenants{m} }),
		"suspends early":   members("leaving", func(m dirsync.Members) dirsync.Members { return suspendsEarly{m} }),
		"forgets grace":    store("apply/leaving", func(s dirsync.Store) dirsync.Store { return forgetsGrace{s} }),
		"current abroad":   members("current", func(m dirsync.Members) dirsync.Members { return currentAbroad{m} }),
		"shares conflicts": store("conflicts/isolation", func(s dirsync.Store) dirsync.Store { return sharesClashes{s} }),
		"matches abroad":   members("match_in_the_tenant", func(m dirsync.Members) dirsync.Members { return matchesAbroad{m} }),
		"keeps nothing":    members("keep", func(m dirsync.Members) dirsync.Members { return keepsNothing{m} }),
		"one name":         members("usernames", func(m dirsync.Members) dirsync.Members { return sharesNames{m} }),
		"nothing is wrong": {},
	}
}

// TestBrokenSync runs the suites on the fault that the environment names.
func TestBrokenSync(t *testing.T) {
	fault := theFault(t, syncFaults())
	if fault.members == nil {
		storetest.RunSync(t, func(tb testing.TB) dirsync.Store {
			tb.Helper()
			if fault.store == nil {
				return sqlite(tb)
			}
			return fault.store(sqlite(tb))
		})
		return
	}
	storetest.RunMembers(t, func(tb testing.TB) storetest.MembersHarness {
		tb.Helper()
		s := sqlite(tb)
		h := bunstoretest.Members(s)
		h.Members = fault.members(bunstore.NewPeople(s))
		return h
	})
}

func TestSyncSuitesFindFaults(t *testing.T) {
	t.Parallel()
	wantFound(t, "TestBrokenSync", syncFaults())
}
