package sync

import (
	"context"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// pushedManager is a person of the office app whom others report to.
type pushedManager struct {
	ID   provider.UserID
	Name string
}

// shown is the manager in a plan.
func (m pushedManager) shown() string { return personNames{m.ID: m.Name}.of(m.ID) }

// manager is the account that somebody reports to; nobody reports to themselves.
func (p RosterPerson) manager() string {
	if p.ManagerID == p.ID {
		return ""
	}
	return p.ManagerID
}

// managersOf returns the accounts that people report to, each once.
func managersOf(people []RosterPerson) []string {
	var ids []string
	for _, p := range people {
		if id := p.manager(); id != "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// pushedManagers returns those accounts who are in the directory.
func (w *worker) pushedManagers(ctx context.Context, accounts []string) (map[string]pushedManager, error) {
	bound, err := w.store.Bound(ctx, w.claim.Run.Directory(), accounts)
	if err != nil {
		return nil, err
	}
	managers := make(map[string]pushedManager, len(bound))
	for id, b := range bound {
		managers[id] = pushedManager{b.ID, b.Name}
	}
	return managers, nil
}

// comingManagers returns the managers who are not in the directory and whom this
// push is going to create, by account: their name as a plan shows it.
func (w *worker) comingManagers(
	ctx context.Context, m pushMatch, people []RosterPerson, about func(id string) bool,
) (map[string]string, error) {
	missing := slices.DeleteFunc(managersOf(people), func(id string) bool {
		_, there := m.managers[id]
		return there || !about(id)
	})
	if len(missing) == 0 {
		return nil, nil
	}
	list, err := w.roster.RosterPeople(ctx, w.claim.Run.Directory(), RosterQuery{IDs: missing})
	if err != nil {
		return nil, fmt.Errorf("roster: %w", err)
	}
	coming := make(map[string]string, len(list))
	for _, p := range list {
		if m.uncreatable(p).IsZero() {
			coming[p.ID] = clean(p.Name) + " (" + p.Username + ")"
		}
	}
	return coming, nil
}

// peoplePlan is what is done about a window of people. Who gets a manager whom
// the same push creates comes after everybody is there.
type peoplePlan struct {
	people   []PlannedChange
	managers []PlannedChange
}

// add adds what is done about somebody, nil for nothing; manager is one who is
// coming, "" for none.
func (plan *peoplePlan) add(m pushMatch, p RosterPerson, c *PlannedChange, manager string) {
	bound, there := m.bound[p.ID]
	writes := m.rules.pushedOnCreation(m.limits)
	if there {
		writes = m.always
	}
	late := manager != "" && slices.Contains(writes, FieldManager) && (c == nil || c.Kind != KindConflict)
	if c != nil && (!late || c.Kind == KindCreate) {
		plan.people = append(plan.people, *c)
		c = nil
	}
	if !late {
		return
	}
	if c == nil {
		c = &PlannedChange{Entity: EntityPerson, Kind: KindUpdate, RemoteID: string(bound.ID), LocalID: p.ID, Account: p.Username, Name: clean(p.Name)}
	}
	c.Fields = append(c.Fields, Field{Field: string(FieldManager), Before: string(bound.ManagerID), After: manager})
	plan.managers = append(plan.managers, *c)
}

// notYet says why somebody who is not bound gets no manager yet.
func (p *pushBatch) notYet(c PendingChange, done *Pushed) error {
	if _, invited := p.match.invited[c.LocalID]; !invited {
		return tenant.Refuse(provider.FailedPrecondition, "not_created",
			"此人尚未在办公应用中创建成功，请按其失败原因处理后重新推送",
			"is not in the office app, for creating the person failed; see to why, and push again")
	}
	done.Note = noteInvited()
	return nil
}

// noteManager notes that somebody's manager could not be written, because they
// are not in the office app.
func (p *pushBatch) noteManager(person RosterPerson, done *Pushed) {
	if _, there := p.match.managers[person.manager()]; there || p.batch.Stage != StageManagers || person.manager() == "" {
		return
	}
	done.Note = provider.Text{
		ZH: "上级尚不在办公应用中，待其加入后由下一次推送写入", EN: "the manager is not in the office app yet; a push after they are writes it",
	}
}
