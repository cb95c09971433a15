package bunstore_test

import (
	"slices"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// TestStagedBefore: a run whose staging rows are of the version that kept places
// apart from people goes on; one of ours that such a version takes over has none
// for it.
func TestStagedBefore(t *testing.T) {
	t.Parallel()
	onBoth(t, testStagedBefore)
}

func testStagedBefore(t *testing.T, s *bunstore.Store) {
	t.Helper()
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	run := dirsync.Run{
		ID: "01", Tenant: "t1", Provider: "fake", AppID: "app", OrgID: "org", Direction: dirsync.Pull, Mode: dirsync.Full,
		State: dirsync.StateReading, Phase: dirsync.PhaseRead, CreatedAt: now, UpdatedAt: now,
	}
	if err := s.CreateRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	claim := func() dirsync.Claim {
		c, err := s.ClaimRun(t.Context(), run.Tenant, run.ID, now)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := claim()
	places := []dirsync.StagedPlace{{PersonID: "u1", DepartmentID: "1", Leader: true, Order: -7}}
	_, err := s.BeginRead(t.Context(), c, dirsync.Staging{
		NewPeople: []dirsync.StagedPerson{{ID: "u1"}}, NewPlaces: places,
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	scopes, err := s.DB().NewSelect().Table("thirdapp_sync_tasks").Where("kind = 'scope'").Count(t.Context())
	if err != nil || scopes != 0 {
		t.Errorf("%d rows by which the version before knows its staging rows, %v; want none", scopes, err)
	}
	for _, statement := range []string{
		"UPDATE thirdapp_sync_tasks SET kind = 'scope' WHERE kind LIKE 'scope%'",
		"INSERT INTO thirdapp_sync_staged_places SELECT tenant_id, run_id, remote_id, department_id, leader, sort_order" +
			" FROM thirdapp_sync_staged_people",
		"UPDATE thirdapp_sync_staged_people SET department_id = '', leader = FALSE, sort_order = 0",
	} {
		if _, err := s.DB().NewRaw(statement).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	c = claim()
	list, _, err := s.ChangedPeople(t.Context(), c, "", 10)
	if err != nil || !c.Staged || len(list) != 1 || list[0].Person.ID != provider.UserID("u1") || !slices.Equal(list[0].Places, places) {
		t.Errorf("staged %t, people %+v, %v; want the one that was read", c.Staged, list, err)
	}
}
