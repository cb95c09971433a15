package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// People is the platform's own people and departments, for hosts that have no
// tables of their own: accounts that belong to the platform, memberships that
// belong to a tenant, and the tenant's departments. It implements
// dirsync.Members. It is safe for concurrent use, and its methods join the
// transaction of the context.
//
// # What a pull may change of an account
//
// Phone and email follow the directory, and are never emptied by it. An account
// that is a member of another tenant as well keeps both, unless empty: they
// are what people are recognised by, and one tenant's directory must not
// decide that for another. That of a platform administrator keeps both in any
// case: hosts let people in by them, and rights in every tenant would go to
// whoever writes one tenant's directory.
//
// Name and avatar follow the directory for accounts that a pull of the tenant
// created, and are filled in where empty for others. Job number and title belong
// to the membership and follow the directory. What the tenant's rules keep is
// kept. The username never changes.
type People struct {
	store *Store
}

var _ dirsync.RehearsableMembers = (*People)(nil)

// NewPeople returns the people kept in a store.
func NewPeople(s *Store) *People { return &People{store: s} }

// Rehearsable implements dirsync.RehearsableMembers: it writes in the
// transaction of the context and does nothing else.
func (*People) Rehearsable() bool { return true }

// Match implements dirsync.Members.
func (p *People) Match(
	ctx context.Context, dir dirsync.Directory, by dirsync.MatchBy, candidates []dirsync.Candidate,
) ([]dirsync.Match, error) {
	if len(candidates) == 0 {
		return nil, nil
	}
	rows := valuesOf("v", candidates).
		text("remote_id", func(c *dirsync.Candidate) string { return string(c.RemoteID) }).
		text("value", func(c *dirsync.Candidate) string { return c.Value }).values
	const (
		members  = "JOIN thirdapp_memberships AS m ON m.tenant_id = ? AND m.person_id = p.id"
		accounts = "JOIN thirdapp_people AS p ON "
	)
	joins := accounts + "p.phone = v.value LEFT " + members
	switch by { //nolint:exhaustive // nobody is looked for by the others
	case dirsync.MatchMobile:
	case dirsync.MatchEmail:
		joins = accounts + "lower(p.email) = v.value " + members
	case dirsync.MatchJobNumber:
		joins = "JOIN thirdapp_memberships AS m ON m.tenant_id = ? AND m.work_no = v.value " + accounts + "p.id = m.person_id"
	}
	var found []struct {
		RemoteID provider.UserID
		ID       string
		Username string
		InTenant bool
	}
	err := p.store.idb(ctx).NewRaw("SELECT v.remote_id, p.id, p.username, m.person_id IS NOT NULL AS in_tenant"+
		" FROM ? "+joins+" ORDER BY COALESCE(m.state, '')", rows, dir.Tenant).Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("bunstore: match people: %w", storeError(err))
	}
	matches := make([]dirsync.Match, 0, len(found))
	seen := make(map[provider.UserID]bool, len(found))
	for _, f := range found {
		if !seen[f.RemoteID] { // an active member goes before one who has left with the same job number
			matches = append(matches, dirsync.Match{RemoteID: f.RemoteID, LocalID: f.ID, Account: f.Username, InTenant: f.InTenant})
		}
		seen[f.RemoteID] = true
	}
	return matches, nil
}

// now is the time of a change, as it is stored.
func (p *People) now() time.Time { return stored(time.Now()) }

// newLocalID returns an id that sorts by the time of its creation, so that new
// rows lie together in the indexes.
func newLocalID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("new id: %w", err)
	}
	return id.String(), nil
}
