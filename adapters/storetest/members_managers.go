package storetest

import (
	"context"
	"maps"
	"testing"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// membersManagers gives people managers, where the members keep them.
func membersManagers(t *testing.T, h MembersHarness) {
	port, ok := h.Members.(dirsync.Managers)
	if !ok {
		t.Skip("these members do not implement dirsync.Managers")
	}
	out := h.apply(t, membersDir, newcomer(1), newcomer(2), newcomer(3))
	a, b, c := out[0].LocalID, out[1].LocalID, out[2].LocalID
	other := membersDir
	other.Tenant = "t2"
	h.apply(t, other, dirsync.PersonChange{
		Kind: dirsync.KindCreate, RemoteID: "u0001", LocalID: a, Join: dirsync.JoinActive, Name: "张三",
	})
	apply := func(dir dirsync.Directory, changes ...dirsync.ManagerChange) {
		t.Helper()
		err := h.Transactor.InTx(t.Context(), func(ctx context.Context) error { return port.ApplyManagers(ctx, dir, changes) })
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(dir dirsync.Directory, want map[string]string) {
		t.Helper()
		got, err := port.CurrentManagers(t.Context(), dir, []string{a, b, c, "nobody"})
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("managers in %s are %v, %v; want %v", dir.Tenant, got, err, want)
		}
	}
	want(membersDir, map[string]string{})
	apply(membersDir)
	apply(membersDir, dirsync.ManagerChange{LocalID: a, ManagerID: c}, dirsync.ManagerChange{LocalID: b, ManagerID: a})
	want(membersDir, map[string]string{a: c, b: a})
	want(other, map[string]string{})
	apply(membersDir, dirsync.ManagerChange{LocalID: a, ManagerID: c}, dirsync.ManagerChange{LocalID: b})
	want(membersDir, map[string]string{a: c})
	if got, err := port.CurrentManagers(t.Context(), membersDir, nil); err != nil || len(got) != 0 {
		t.Errorf("managers of nobody %v, %v", got, err)
	}
	// A pull of the person's other fields leaves the manager alone.
	h.apply(t, membersDir, again(1, dirsync.KindUpdate, a))
	want(membersDir, map[string]string{a: c})
}
