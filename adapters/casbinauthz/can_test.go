package casbinauthz_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/thirdapp/thirdapp/tenant"
)

// everyPermission returns the permissions that any role has.
func everyPermission() []tenant.Permission {
	var all []tenant.Permission
	for _, permissions := range tenant.Roles() {
		for _, p := range permissions {
			if !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

func TestCanFollowsRoles(t *testing.T) {
	t.Parallel()
	source := &grants{}
	for role := range tenant.Roles() {
		if role == tenant.RolePlatformAdmin {
			source.add(tenant.Platform, "has "+string(role), role)
		} else {
			source.add("t-1", "has "+string(role), role)
		}
	}
	a := loaded(t, source)
	for role, permissions := range tenant.Roles() {
		everywhere := role == tenant.RolePlatformAdmin
		for _, p := range everyPermission() {
			has := slices.Contains(permissions, p)
			wantCan(t, a, "has "+string(role), "t-1", p, has)
			wantCan(t, a, "has "+string(role), "t-2", p, has && everywhere)
			wantCan(t, a, "has "+string(role), tenant.Platform, p, has && everywhere)
		}
		if got, err := a.Everywhere(t.Context(), "has "+string(role)); err != nil || got != everywhere {
			t.Errorf("Everywhere(%s) = %t, %v; want %t, nil", role, got, err, everywhere)
		}
	}
	wantCan(t, a, "nobody", "t-1", readConfig, false)
	wantCan(t, a, "has owner", "t-1", tenant.Permission{Object: "unheard", Action: "of"}, false)
}

// TestCanNamesThatCollide asks for users and tenants whose ids look like other
// names that the policy knows.
func TestCanNamesThatCollide(t *testing.T) {
	t.Parallel()
	source := &grants{}
	source.add("t-1", "boss", tenant.RoleOwner)
	source.add("t-1", "a", tenant.RoleViewer)
	source.add("t-1", "z,r:viewer,t:z", tenant.RoleOwner)
	source.add(tenant.Platform, "root", tenant.RolePlatformAdmin)
	a := loaded(t, source)
	for _, user := range []string{
		"", "owner", "r:owner", "u:owner", "u:boss", "boss ", "Boss", "boss,r:owner", "boss::t-1", "t:t-1::boss",
		"perm:config.write", "config.write", "t:t-1", "t-1", "*", "t:*", "platform_admin", "r:platform_admin",
		"a,r:owner", "a,r:owner,t:t-1", "a\x00r:owner", "root,r:platform_admin,t:*", "root\n", "'root'", `"root"`, "root || true", "z",
	} {
		for _, id := range []tenant.ID{"t-1", "t-2", tenant.Platform, "t:t-1", "", "t-1,r:owner", "::t-1", "z,r:owner,t:t-1"} {
			for _, p := range []tenant.Permission{readConfig, writeConfig, grantOwner} {
				wantCan(t, a, user, id, p, false)
			}
		}
		if got, err := a.Everywhere(t.Context(), user); err != nil || got {
			t.Errorf("Everywhere(%q) = %t, %v; want false, nil", user, got, err)
		}
	}
	wantCan(t, a, "a", "t-1", writeConfig, false)
	wantCan(t, a, "a", "t-1", tenant.Permission{Object: "config.write", Action: ""}, false)
	wantCan(t, a, "boss", "t-1", grantOwner, true)
}

// TestCanMisplacedGrants has grants in the source that nobody can hand out.
func TestCanMisplacedGrants(t *testing.T) {
	t.Parallel()
	source := &grants{}
	source.add("t-1", "a", tenant.RolePlatformAdmin)
	source.add(tenant.Platform, "b", tenant.RoleOwner)
	source.add("t-1", "c", "perm:config.write")
	source.add("t-1", "d", "owner,t:t-1")
	source.add("", "e", tenant.RoleOwner)
	source.add("t:t-1", "f", tenant.RoleOwner)
	source.add("t-1", "", tenant.RoleOwner)
	a := loaded(t, source)
	for _, user := range []string{"a", "b", "c", "d", "e", "f", ""} {
		for _, id := range []tenant.ID{"t-1", tenant.Platform, "", "t:t-1"} {
			wantCan(t, a, user, id, readConfig, false)
		}
	}
}

// TestCanAgainstPlainRules compares with the rules written down plainly, for
// ids made of what has a meaning somewhere inside.
func TestCanAgainstPlainRules(t *testing.T) {
	t.Parallel()
	roles := tenant.Roles()
	piece := rapid.SampledFrom([]string{"u:", "r:", "t:", "perm:", ":", "::", ",", "*", "owner", "viewer", "a", "t-1", "\x00", " "})
	user := rapid.Map(rapid.SliceOfN(piece, 1, 4), func(p []string) string { return strings.Join(p, "") })
	id := rapid.SampledFrom([]tenant.ID{"a", "t-1", "owner", tenant.Platform})
	role := rapid.SampledFrom([]tenant.Role{tenant.RoleOwner, tenant.RoleViewer, tenant.RoleSender, tenant.RolePlatformAdmin})
	permission := rapid.SampledFrom(everyPermission())

	rapid.Check(t, func(rt *rapid.T) {
		source, users := &grants{}, []string{}
		held := map[tenant.GrantChange]bool{}
		for range rapid.IntRange(0, 8).Draw(rt, "changes") {
			g := tenant.GrantChange{Tenant: id.Draw(rt, "tenant"), UserID: user.Draw(rt, "user"), Role: role.Draw(rt, "role")}
			users = append(users, g.UserID)
			if held[g] = !rapid.Bool().Draw(rt, "removed"); held[g] {
				source.add(g.Tenant, g.UserID, g.Role)
			} else {
				source.remove(g.Tenant, g.UserID, g.Role)
			}
		}
		a := loaded(t, source)
		for range 10 {
			u, i, p := user.Draw(rt, "asks"), id.Draw(rt, "in"), permission.Draw(rt, "for")
			if len(users) > 0 && rapid.Bool().Draw(rt, "known") {
				u = rapid.SampledFrom(users).Draw(rt, "asks")
			}
			want := held[tenant.GrantChange{Tenant: tenant.Platform, UserID: u, Role: tenant.RolePlatformAdmin}] &&
				slices.Contains(roles[tenant.RolePlatformAdmin], p)
			for r, permissions := range roles {
				want = want || i != tenant.Platform && r != tenant.RolePlatformAdmin &&
					held[tenant.GrantChange{Tenant: i, UserID: u, Role: r}] && slices.Contains(permissions, p)
			}
			if err := a.Can(t.Context(), u, i, p.Object, p.Action); (err == nil) != want {
				rt.Fatalf("Can(%q, %q, %s): got %v, want allowed %t", u, i, p, err, want)
			}
		}
	})
}

// TestCanAfterRevoke asks before and after, both ways: no answer outlives what
// it was based on.
func TestCanAfterRevoke(t *testing.T) {
	t.Parallel()
	source := &grants{}
	a := loaded(t, source)
	for range 3 {
		wantCan(t, a, "u", "t-1", sendMessage, false)
		source.add("t-1", "u", tenant.RoleSender)
		refresh(t, a)
		wantCan(t, a, "u", "t-1", sendMessage, true)
		source.remove("t-1", "u", tenant.RoleSender)
		refresh(t, a)
	}
	wantCan(t, a, "u", "t-1", sendMessage, false)

	source.add(tenant.Platform, "u", tenant.RolePlatformAdmin)
	refresh(t, a)
	wantCan(t, a, "u", "t-1", sendMessage, true)
	source.remove(tenant.Platform, "u", tenant.RolePlatformAdmin)
	refresh(t, a)
	wantCan(t, a, "u", "t-1", sendMessage, false)
}

func TestCanWhileGrantsChange(t *testing.T) {
	t.Parallel()
	source := &grants{}
	source.add("t-1", "steady", tenant.RoleSender)
	a := loaded(t, source)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 500 {
				wantCan(t, a, "steady", "t-1", sendMessage, true)
				wantCan(t, a, "stranger", "t-1", sendMessage, false)
			}
		})
	}
	for n := range 200 {
		user := fmt.Sprint("user", n%7)
		source.add("t-1", user, tenant.RoleViewer)
		refresh(t, a)
		source.remove("t-1", user, tenant.RoleViewer)
	}
	wg.Wait()
}

// TestCanRemembersNobody has many strangers ask: that must not take memory.
func TestCanRemembersNobody(t *testing.T) {
	const strangers, most = 50_000, 4 << 20
	source := &grants{}
	source.add("t-1", "u", tenant.RoleSender)
	a := loaded(t, source)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for n := range strangers {
		wantCan(t, a, fmt.Sprint("stranger", n), tenant.ID(fmt.Sprint("t", n)), sendMessage, false)
	}
	if after := heap(); after > before+most {
		t.Errorf("%d strangers left %d bytes behind, want at most %d", strangers, after-before, most)
	}
	runtime.KeepAlive(a)
}
