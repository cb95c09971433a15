package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// LocalChanges are people and departments of the platform that have changed.
type LocalChanges struct {
	// Provider is the office app that is to follow.
	Provider provider.Kind
	// People and Departments are the platform's ids.
	People      []string
	Departments []string
	// RemovedPeople and RemovedDepartments are gone on the platform, people also
	// when they are no active members of the tenant any more. What is named
	// above, too, is not.
	RemovedPeople      []string
	RemovedDepartments []string
}

// targets returns whom the changes are about, each once.
func (c LocalChanges) targets() []Target {
	removed := make(map[Target]bool)
	for _, list := range []struct {
		entity  Entity
		ids     []string
		removed bool
	}{
		{EntityPerson, c.RemovedPeople, true},
		{EntityDepartment, c.RemovedDepartments, true},
		{EntityPerson, c.People, false},
		{EntityDepartment, c.Departments, false},
	} {
		for _, id := range list.ids {
			removed[Target{Entity: list.entity, ID: id}] = list.removed
		}
	}
	targets := make([]Target, 0, len(removed))
	for t, gone := range removed {
		t.Removed = gone
		targets = append(targets, t)
	}
	slices.SortFunc(targets, func(a, b Target) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.ID, b.ID))
	})
	return targets
}

// Changed has an office app follow changes of the platform: as soon as the
// transaction of ctx has committed, if there is one, an incremental push about
// the people and departments is started. Changes that come in quick succession,
// or while another run is active, are one push; what is pushed is how things
// are then, departments before people.
//
// What was removed on the platform is removed at the office app where the
// tenant's rules allow it ([Rules].PushDeletes), above the guard after approval;
// else it is a conflict of the push. Of what is told about the same person or
// department before the push the last word counts, and who is on the platform
// again by then is never removed.
//
// It asks for no permission: it is the platform that says so. A tenant that has
// no such app connected, or whose office app cannot be written to, is left
// alone. A push that fails as a whole, or whose changes fail because the office
// app is away, is tried again, ten times within some hours.
func (s *Service) Changed(ctx context.Context, t tenant.ID, c LocalChanges) error {
	targets := c.targets()
	if len(targets) == 0 {
		return nil
	}
	for _, target := range targets {
		if !usableID(target.ID) {
			return errBadID(target)
		}
	}
	if _, err := tenant.ParseID(string(t)); err != nil { // else it would be one that has no app
		return fmt.Errorf("sync: changed: %w", err)
	}
	conn, err := s.conns.Connect(ctx, t, c.Provider)
	if errors.Is(err, tenant.ErrNotConfigured) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sync: changed: %w", err)
	}
	if s.mayPush(conn) != nil {
		return nil //nolint:nilerr // there is nobody to follow
	}
	q := TouchQueue{t, conn.App.ID, Push}
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		if err := s.store.Touch(ctx, q, targets, s.now()); err != nil {
			return err
		}
		return s.enqueueTouched(ctx, q, time.Time{})
	})
	if err != nil {
		return fmt.Errorf("sync: changed: %w", err)
	}
	return nil
}
