package pulltest_test

import (
	"context"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// ended are the accounts whose sessions were ended.
type ended []string

func (e *ended) EndSessions(_ context.Context, t tenant.ID, userIDs ...string) error {
	for _, id := range userIDs {
		*e = append(*e, string(t)+" "+id)
	}
	return nil
}

// TestLeaversLoseTheirSessions ends the sessions of those who are suspended: not
// of those who stay, nor of those whom the platform does not suspend.
func TestLeaversLoseTheirSessions(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		var got ended
		b := setup(t, s, func(b *bundle) { b.sessions = &got })
		b.dir.addPeople(1, 7)
		b.pull(t, "t1")
		if len(got) > 0 {
			t.Fatalf("%v lost their sessions by coming", got)
		}
		b.dir.remove(1, 2)
		b.dir.edit(3, func(p *provider.Person) { p.Title = "经理" })
		b.members = &refusingMembers{Members: b.people, refused: somebody(2).UserID}
		b.restart(t)
		run := b.pull(t, "t1")
		var want []string
		for _, c := range b.changes(t, run, dirsync.ChangeFilter{Kind: dirsync.KindLeave, State: dirsync.ChangeApplied}) {
			want = append(want, "t1 "+c.LocalID)
		}
		if len(want) != 1 || !slices.Equal(got, want) {
			t.Errorf("%v lost their sessions, want %v", got, want)
		}
	})
}
