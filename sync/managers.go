package sync

import (
	"context"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// Managers is implemented by Members that keep who is whose direct superior;
// adapters/bunstore does. Both methods are called inside a transaction that
// travels in the context, and see the directory's tenant only.
type Managers interface {
	// CurrentManagers returns the managers of accounts as they are now, by
	// account. Accounts without one, and those that do not exist, are left out.
	// It changes nothing.
	CurrentManagers(ctx context.Context, dir Directory, localIDs []string) (map[string]string, error)

	// ApplyManagers gives accounts their managers; what is so already stays.
	// Both are members of the tenant. An error rolls all of it back; the changes
	// are then tried in halves, and one that cannot be is left out until the
	// next run.
	ApplyManagers(ctx context.Context, dir Directory, changes []ManagerChange) error
}

// ManagerChange gives somebody a manager.
type ManagerChange struct {
	// LocalID and ManagerID are the platform's user ids; ManagerID is "" for
	// nobody.
	LocalID   string
	ManagerID string
}

// ManagerStore tells whose manager on the platform is not the one that the
// office app has told. A manager is somebody else of the directory, who may come
// later: so they are put into effect after the people, by account.
type ManagerStore interface {
	// OpenManagers returns people of the mirror who are not gone and whose
	// manager was not synchronised yet, ordered by id, beginning after the given
	// id, at most limit of them. An incremental run looks only at people it has
	// a task of kind TaskPerson for, and at those whose manager they are.
	OpenManagers(ctx context.Context, c Claim, after provider.UserID, limit int) ([]OpenManager, error)

	// RecordManagers stores that managers are synchronised, and the conflicts.
	RecordManagers(ctx context.Context, c Claim, done []OpenManager, at time.Time) (cancel bool, err error)
}

// OpenManager is somebody whose manager is to be synchronised.
type OpenManager struct {
	RemoteID provider.UserID
	LocalID  string
	Account  string
	Name     string
	// Owned is true when a pull created the account.
	Owned bool
	// ManagerID is the account of the manager, "" for nobody, and for somebody
	// who is not active in the directory.
	ManagerID string
	// Base is what was synchronised last, nil when nothing was.
	Base *string
	// Conflict is set by the worker when both sides have changed.
	Conflict *FieldConflict
}

// applyManagers synchronises managers, batch by batch.
func (w *worker) applyManagers(ctx context.Context) error {
	port, ok := w.members.(Managers)
	if !ok {
		return nil
	}
	for after := provider.UserID(""); ; {
		if err := w.mayGoOn(); err != nil {
			return err
		}
		list, err := w.store.OpenManagers(ctx, w.claim, after, w.cfg.BatchSize)
		if err != nil || len(list) == 0 {
			return err
		}
		after = list[len(list)-1].RemoteID
		err = applyAll(ctx, list, func(ctx context.Context, list []OpenManager, failure error, _ bool) error {
			return w.applyManagerBatch(ctx, port, list, failure)
		})
		if err != nil {
			return err
		}
	}
}

func (w *worker) applyManagerBatch(ctx context.Context, port Managers, list []OpenManager, failure error) error {
	if failure != nil {
		w.cfg.Logger.WarnContext(ctx, "manager not set", "tenant", w.claim.Run.Tenant, "provider", w.claim.Run.Provider,
			"op", "sync", "user", list[0].RemoteID, "error", failure)
	}
	if failure != nil || len(list) == 0 {
		return nil
	}
	return w.inTx(ctx, func(ctx context.Context) (cancel bool, err error) {
		changes, err := w.decideManagers(ctx, port, list)
		if err != nil {
			return false, err
		}
		if len(changes) > 0 {
			if err := port.ApplyManagers(ctx, w.claim.Run.Directory(), changes); err != nil {
				return false, fmt.Errorf("members: %w", err)
			}
		}
		return w.store.RecordManagers(ctx, w.claim, list, w.now())
	})
}

// decideManagers returns the managers that are given to people, and sets the
// conflicts of the others. An undo leaves those alone and has no conflicts.
func (w *worker) decideManagers(ctx context.Context, port Managers, list []OpenManager) ([]ManagerChange, error) {
	dir, rules := w.claim.Run.Directory(), w.claim.Run.Rules
	accounts := make([]string, len(list))
	for i := range list {
		accounts[i] = list[i].LocalID
	}
	now, err := port.CurrentManagers(ctx, dir, accounts)
	if err != nil {
		return nil, fmt.Errorf("members: %w", err)
	}
	var changes []ManagerChange
	for i := range list {
		m := &list[i]
		current := now[m.LocalID]
		switch what := rules.decideManager(m, current); {
		case what == managerSet:
			changes = append(changes, ManagerChange{LocalID: m.LocalID, ManagerID: m.ManagerID})
		case what == managerConflict && w.claim.Run.Undoes == "":
			if m.Conflict, err = w.managerConflict(ctx, current, m.ManagerID); err != nil {
				return nil, err
			}
		}
	}
	return changes, nil
}

// managerDecision is what a pull does about somebody's manager.
type managerDecision int

const (
	managerKept managerDecision = iota
	managerSet
	managerConflict
)

// decideManager is decide for the manager.
func (r Rules) decideManager(m *OpenManager, current string) managerDecision {
	owner := r.owner(FieldManager, m.Owned)
	switch {
	case m.ManagerID == current, r.keeps(m.Owned).Has(FieldManager),
		owner == OwnerPlatform, owner == OwnerFirst && current != "":
		return managerKept
	case m.Base == nil && m.ManagerID != "", m.Base != nil && *m.Base == current, owner == OwnerFirst:
		return managerSet
	case m.ManagerID == "":
		return managerKept // edited on the platform
	}
	return managerConflict
}

// managerConflict describes a manager that was changed on both sides.
func (w *worker) managerConflict(ctx context.Context, platform, office string) (*FieldConflict, error) {
	now, err := w.current(ctx, []PersonRef{{LocalID: platform}, {LocalID: office}})
	if err != nil {
		return nil, err
	}
	named := func(id string) string {
		if name := now[id].Name; name != "" {
			return name + " (" + id + ")"
		}
		return id
	}
	return &FieldConflict{Field: FieldManager, Platform: named(platform), Provider: named(office)}, nil
}

// takeManager gives somebody the manager whom the office app has told last.
func (s *Service) takeManager(ctx context.Context, c *Conflict, known *MirrorPerson) error {
	port, ok := s.members.(Managers)
	if !ok {
		return errNotTaken(nil)
	}
	manager := ""
	if known.ManagerID != "" {
		var err error
		if _, manager, err = s.store.Known(ctx, c.directory(), known.ManagerID); err != nil {
			return err
		}
	}
	return port.ApplyManagers(ctx, c.directory(), []ManagerChange{{LocalID: known.LocalID, ManagerID: manager}})
}

// personNames are the names of people, for those who read a plan.
type personNames map[provider.UserID]string

// of returns a person's name with their user id, since two may have one name.
func (n personNames) of(id provider.UserID) string {
	if name := n[id]; name != "" {
		return name + " (" + string(id) + ")"
	}
	return string(id)
}

// managerNames returns the names of managers that differ.
func (w *worker) managerNames(ctx context.Context, changed []ChangedPerson) (personNames, error) {
	var ids []provider.UserID
	for i := range changed {
		p := &changed[i]
		before := provider.UserID("")
		if p.Mirror != nil {
			before = p.Mirror.ManagerID
		}
		if !p.Person.ManagerKnown || p.Person.ManagerID == before {
			continue
		}
		for _, id := range []provider.UserID{before, p.Person.ManagerID} {
			if id != "" {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return w.store.PersonNames(ctx, w.claim, ids)
}
