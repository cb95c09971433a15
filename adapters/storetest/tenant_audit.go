package storetest

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/tenant"
)

func auditTests() map[string]func(*testing.T, tenant.Store) {
	return map[string]func(*testing.T, tenant.Store){
		"round trip":        auditRoundTrip,
		"order and paging":  auditPaging,
		"filters":           auditFilters,
		"malformed cursors": auditCursors,
		"tenants apart":     auditTenantsApart,
		"the oldest pruned": auditPruned,
		"tenant to tenant":  auditTenants,
	}
}

func auditRoundTrip(t *testing.T, s tenant.Store) {
	want := newAudit(here, 1)
	want.Before, want.After = json.RawMessage(`{"a":1,"b":"钉钉 'x' ?"}`), json.RawMessage(`[true,null]`)
	appendAudit(t, s, want)
	list, err := s.Audit(t.Context(), here, tenant.AuditFilter{}, tenant.Page{})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("Audit = %+v, %v; want one entry", list, err)
	}
	got := list.Items[0]
	if !sameJSON(t, got.Before, want.Before) || !sameJSON(t, got.After, want.After) {
		t.Errorf("got before %s and after %s, want %s and %s", got.Before, got.After, want.Before, want.After)
	}
	got.Before, got.After = want.Before, want.After // a database may write JSON in its own way
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Audit:\n got %+v\nwant %+v", got, want)
	}

	bare := newAudit(there, 2)
	appendAudit(t, s, bare)
	list, err = s.Audit(t.Context(), there, tenant.AuditFilter{}, tenant.Page{})
	if err != nil || len(list.Items) != 1 || list.Items[0].Before != nil || list.Items[0].After != nil {
		t.Errorf("Audit without before and after = %+v, %v; want both nil", list, err)
	}
}

func auditPaging(t *testing.T, s tenant.Store) {
	const entries = 205
	var want []string
	for n := range entries {
		e := newAudit(here, n)
		appendAudit(t, s, e)
		want = append(want, e.ID)
	}
	slices.Reverse(want)
	for _, size := range []int{0, 7, 200} {
		var got []string
		for _, e := range collect(t, size, auditOf(s, here)) {
			got = append(got, e.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d: got %d entries, want %d, newest first", size, len(got), len(want))
		}
	}
	for limit, size := range map[int]int{0: tenant.DefaultPageLimit, -1: tenant.DefaultPageLimit, 201: tenant.MaxPageLimit} {
		list, err := s.Audit(t.Context(), here, tenant.AuditFilter{}, tenant.Page{Limit: limit})
		if err != nil || len(list.Items) != size {
			t.Errorf("limit %d: got %d entries, %v; want %d", limit, len(list.Items), err, size)
		}
	}
}

// auditFilters asks for rows by each field, by all, and page by page.
func auditFilters(t *testing.T, s tenant.Store) {
	const entries = 8
	var all []tenant.AuditEntry
	for n := range entries {
		e := newAudit(here, n)
		e.ActorName, e.Action = []string{"alice", "bob"}[n%2], []string{"app.create", "app.update"}[n/2%2]
		appendAudit(t, s, e)
		all = append(all, e)
	}
	other := newAudit(there, entries)
	other.ActorName, other.Action = "alice", "app.create"
	appendAudit(t, s, other)
	for name, test := range map[string]struct {
		filter tenant.AuditFilter
		want   []int // of all, newest first
	}{
		"nothing":          {tenant.AuditFilter{}, []int{7, 6, 5, 4, 3, 2, 1, 0}},
		"actor":            {tenant.AuditFilter{Actor: "alice"}, []int{6, 4, 2, 0}},
		"action":           {tenant.AuditFilter{Action: "app.update"}, []int{7, 6, 3, 2}},
		"since":            {tenant.AuditFilter{Since: all[5].At}, []int{7, 6, 5}},
		"since in between": {tenant.AuditFilter{Since: all[5].At.Add(1)}, []int{7, 6}},
		"before":           {tenant.AuditFilter{Before: all[2].At}, []int{1, 0}},
		"everything":       {tenant.AuditFilter{Actor: "bob", Action: "app.create", Since: all[1].At, Before: all[5].At}, []int{1}},
		"nobody":           {tenant.AuditFilter{Actor: "ALICE"}, nil},
		"injection":        {tenant.AuditFilter{Actor: "alice' OR '1'='1"}, nil},
	} {
		var got, want []string
		for _, e := range collect(t, 3, func(ctx context.Context, p tenant.Page) (tenant.List[tenant.AuditEntry], error) {
			return s.Audit(ctx, here, test.filter, p)
		}) {
			got = append(got, e.ID)
		}
		for _, n := range test.want {
			want = append(want, all[n].ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func auditCursors(t *testing.T, s tenant.Store) {
	for n := range 2 {
		addGrant(t, s, newGrant(here, n, tenant.RoleViewer))
	}
	grants, err := s.Grants(t.Context(), here, tenant.Page{Limit: 1})
	if err != nil || grants.Next == "" {
		t.Fatalf("Grants: next %q, %v; want a cursor", grants.Next, err)
	}
	wantCursorRefused(t, grants.Next, auditOf(s, here))
}

func auditTenantsApart(t *testing.T, s tenant.Store) {
	appendAudit(t, s, newAudit(here, 1))
	appendAudit(t, s, newAudit(tenant.Platform, 2))
	list, err := s.Audit(t.Context(), there, tenant.AuditFilter{}, tenant.Page{})
	if err != nil || len(list.Items) != 0 {
		t.Errorf("Audit of another tenant = %+v, %v; want none", list, err)
	}
}

func auditOf(s tenant.Store, t tenant.ID) func(context.Context, tenant.Page) (tenant.List[tenant.AuditEntry], error) {
	return func(ctx context.Context, p tenant.Page) (tenant.List[tenant.AuditEntry], error) {
		return s.Audit(ctx, t, tenant.AuditFilter{}, p)
	}
}

func sameJSON(tb testing.TB, a, b json.RawMessage) bool {
	tb.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		tb.Fatalf("%s: %v", a, err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		tb.Fatalf("%s: %v", b, err)
	}
	return reflect.DeepEqual(x, y)
}

// auditPruned removes the oldest entries in steps.
func auditPruned(t *testing.T, s tenant.Store) {
	for n := range 5 {
		appendAudit(t, s, newAudit(here, n))
		appendAudit(t, s, newAudit(there, n))
	}
	stay := func(of tenant.ID) (ids []string) {
		for _, e := range collect(t, 0, func(ctx context.Context, p tenant.Page) (tenant.List[tenant.AuditEntry], error) {
			return s.Audit(ctx, of, tenant.AuditFilter{}, p)
		}) {
			ids = append(ids, e.ID)
		}
		slices.Reverse(ids)
		return ids
	}
	all := stay(there)
	for _, step := range []struct{ before, limit, want, gone int }{
		{0, 10, 0, 0}, {3, 2, 2, 2}, {3, 2, 1, 3}, {3, 2, 0, 3}, {9, 10, 2, 5},
	} {
		n, err := s.PruneAudit(t.Context(), here, instant(step.before), step.limit)
		if err != nil || n != step.want {
			t.Errorf("PruneAudit before %d, at most %d: %d, %v; want %d", step.before, step.limit, n, err, step.want)
		}
		if got := stay(here); !slices.Equal(got, all[step.gone:]) {
			t.Errorf("before %d, at most %d: %v stay, want %v", step.before, step.limit, got, all[step.gone:])
		}
	}
	if got := stay(there); len(got) != 5 {
		t.Errorf("of another tenant %d entries stay, want all 5", len(got))
	}
}

func auditTenants(t *testing.T, s tenant.Store) {
	if got := allTenants(t, s.NextAuditTenant); len(got) != 0 {
		t.Errorf("tenants without a trail: %v", got)
	}
	for n, of := range []tenant.ID{"b", "a-1", "B", "b"} {
		appendAudit(t, s, newAudit(of, n))
	}
	got := allTenants(t, s.NextAuditTenant)
	slices.Sort(got)
	if want := []tenant.ID{"B", "a-1", "b"}; !slices.Equal(got, want) {
		t.Errorf("tenants: got %v, want %v", got, want)
	}
}
