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

// membersOf returns the host's members with the sessions of leavers ended, and
// with every ability that they have of their own.
func membersOf(members dirsync.Members, logins *identity.Service) dirsync.Members {
	l := leaving{Members: members, logins: logins}
	roster, pushed := members.(dirsync.Roster)
	managers, managed := members.(dirsync.Managers)
	switch {
	case pushed && managed:
		return struct {
			leaving
			dirsync.Roster
			dirsync.Managers
		}{l, roster, managers}
	case pushed:
		return struct {
			leaving
			dirsync.Roster
		}{l, roster}
	case managed:
		return struct {
			leaving
			dirsync.Managers
		}{l, managers}
	}
	return l
}

// Rehearsable implements dirsync.RehearsableMembers: sessions are ended by jobs
// that belong to the transaction.
func (l leaving) Rehearsable() bool {
	members, ok := l.Members.(dirsync.RehearsableMembers)
	return ok && members.Rehearsable()
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
