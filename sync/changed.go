package sync

import (
	"context"
	"errors"
	"fmt"
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
}

// Changed has an office app follow changes of the platform: as soon as the
// transaction of ctx has committed, if there is one, an incremental push about
// the people and departments is started. Changes that come in quick succession,
// or while another run is active, are one push; what is pushed is how things
// are then, departments before people. Nothing is removed.
//
// It asks for no permission: it is the platform that says so. A tenant that has
// no such app connected, or whose office app cannot be written to, is left
// alone. A push that fails as a whole is tried again, ten times within some
// hours.
func (s *Service) Changed(ctx context.Context, t tenant.ID, c LocalChanges) error {
	var req RunRequest
	for _, id := range c.People {
		req.People = append(req.People, provider.UserID(id))
	}
	for _, id := range c.Departments {
		req.Departments = append(req.Departments, provider.DepartmentID(id))
	}
	targets := req.targets()
	if len(targets) == 0 {
		return nil
	}
	for _, target := range targets {
		if !usableID(target.ID) {
			return errBadID(target)
		}
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
