package pulltest_test

import (
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// TestPushLeavesOutWhatIsLacking: a job number is not pushed to an office app
// that has none, neither with a new person nor again and again, unless the
// mapping says in which custom field it stands.
func TestPushLeavesOutWhatIsLacking(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		fake := providertest.NewFake(providertest.FakeConfig{
			Company: providertest.Company{
				Departments: []provider.Department{{ID: "1", Name: "公司"}, {ID: "2", ParentID: "1", Name: "研发"}},
				People: []provider.Person{{
					UserID: "amy", Name: "王芳", Mobile: "13800000001", Memberships: []provider.Membership{{DepartmentID: "2"}},
				}},
			},
			Limits: provider.Limits{Write: provider.WriteLimits{Lacks: []string{"jobNumber"}}},
		})
		prov, err := fake.Open(t.Context(), fake.ValidSettings(), provider.Environment{})
		if err != nil {
			t.Fatal(err)
		}
		b := pushBundle{bundle: setup(t, s, func(b *bundle) { b.conns.prov, b.conns.org = prov, providertest.OrgID })}
		b.pull(t, "0")
		b.exec(t, "UPDATE thirdapp_memberships SET work_no = 'N-1' WHERE person_id = $1", b.account(t, "13800000001"))
		b.exec(t, "UPDATE thirdapp_memberships SET work_no = 'N-2' WHERE person_id = $1", b.hire(t, "赵六", "13800000009", b.local(t, "2")))
		push := func(want int) {
			t.Helper()
			run := b.pullWith(t, "0", dirsync.RunRequest{Provider: "fake", Direction: dirsync.Push})
			if run.State != dirsync.StateSucceeded || int(run.Progress.Changes) != want {
				t.Errorf("%s, %v, changes %+v; want %d", run.State, run.Error, b.changes(t, run, dirsync.ChangeFilter{}), want)
			}
		}
		push(1)
		push(0)
	})
}
