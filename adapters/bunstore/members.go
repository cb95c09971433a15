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
// decide that for another. Name and avatar follow the directory for accounts
// that a pull of the tenant created, and are filled in where empty for others.
// Job number and title belong to the membership and follow the directory. The
// username never changes.
type People struct {
	store *Store
}

var _ dirsync.Members = (*People)(nil)

// NewPeople returns the people kept in a store.
func NewPeople(s *Store) *People { return &People{store: s} }

// Match implements dirsync.Members.
func (p *People) Match(
	ctx context.Context, dir dirsync.Directory, candidates []dirsync.Candidate,
) ([]dirsync.Match, error) {
	if len(candidates) == 0 {
		return nil, nil
	}
	rows := valuesOf("v", candidates).
		text("remote_id", func(c *dirsync.Candidate) string { return string(c.RemoteID) }).
		text("mobile", func(c *dirsync.Candidate) string { return c.Mobile }).values
	var found []struct {
		RemoteID provider.UserID
		ID       string
		Username string
		InTenant bool
	}
	err := p.store.idb(ctx).NewRaw(`SELECT v.remote_id, p.id, p.username, m.person_id IS NOT NULL AS in_tenant
		FROM ? JOIN thirdapp_people AS p ON p.phone = v.mobile
		LEFT JOIN thirdapp_memberships AS m ON m.tenant_id = ? AND m.person_id = p.id`,
		rows, dir.Tenant).Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("bunstore: match people: %w", storeError(err))
	}
	matches := make([]dirsync.Match, len(found))
	for i, f := range found {
		matches[i] = dirsync.Match{RemoteID: f.RemoteID, LocalID: f.ID, Account: f.Username, InTenant: f.InTenant}
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
