package thirdapp

import (
	"context"

	"github.com/thirdapp/thirdapp/identity"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// leaving has the sessions end of people whom a directory pull suspends: in its
// transaction, so that it happens if and only if they are.
type leaving struct {
	dirsync.Members
	logins *identity.Service
}

// ApplyPeople implements dirsync.Members.
func (l leaving) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	outcomes, err := l.Members.ApplyPeople(ctx, dir, changes)
	if err != nil {
		return nil, err
	}
	var gone []string
	for i, c := range changes {
		if c.Kind == dirsync.KindLeave && c.LocalID != "" && i < len(outcomes) && outcomes[i].Failure.IsZero() {
			gone = append(gone, c.LocalID)
		}
	}
	return outcomes, l.logins.EndSessions(ctx, dir.Tenant, gone...)
}
