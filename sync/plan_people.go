package sync

import (
	"context"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// planPeople plans those of all windows of people who differ from what was
// applied before. While a window is planned, the plan of the one before is
// written and the one after is compared.
func (w *worker) planPeople(ctx context.Context, step planStep) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	next := w.compare(ctx, step.After)
	plan := planWriter{worker: w}
	defer func() {
		if failed := plan.wait(); failed != nil {
			err = failed
		}
		cancel()
		<-next
	}()
	if w.claim.Run.Mode != Incremental { // meanwhile, as they are of everybody
		if _, err := w.sharedValues(ctx, MatchMobile); err != nil {
			return err
		}
	}
	for {
		window := <-next
		if window.err == nil && window.last != "" {
			next = w.compare(ctx, window.last)
		} else {
			next = closed()
		}
		if err := plan.window(ctx, window); err != nil || window.last == "" {
			return err
		}
		if err := w.mayGoOn(); err != nil {
			return err
		}
	}
}

// window is what was found in a window of people.
type window struct {
	changed []ChangedPerson
	// last is where the next window begins, "" after the last one.
	last provider.UserID
	err  error
}

// compare compares a window of people in the background. The channel gets the
// result and is closed then.
func (w *worker) compare(ctx context.Context, after provider.UserID) <-chan window {
	result := make(chan window, 1)
	claim := w.claim // its step changes meanwhile
	go func() {
		defer close(result)
		var found window
		found.err = protect(func() (err error) {
			found.changed, found.last, err = w.store.ChangedPeople(ctx, claim, after, w.batchSize())
			return err
		})
		result <- found
	}()
	return result
}

func closed() <-chan window {
	c := make(chan window)
	close(c)
	return c
}

// matching finds the accounts of a batch of people.
type matching struct {
	complete bool
	rules    Rules
	// hidden are the fields that come empty for lack of a permission.
	hidden FieldSet
	names  departmentNames
	people personNames
	// shared are the mobile numbers that more than one person has.
	shared  sharedValues
	matches map[provider.UserID]Match
	// by is what the matches were found by.
	by map[provider.UserID]MatchBy
	// holders are who the accounts in question are bound to.
	holders map[string]Holder
	// taken are the accounts that somebody in the batch has got.
	taken map[string]provider.UserID
}

// match asks for everything that the matching of a batch needs.
func (w *worker) match(ctx context.Context, changed []ChangedPerson) (*matching, error) {
	var err error
	m := &matching{
		complete: w.claim.Run.Complete, rules: w.claim.Run.Rules, hidden: w.claim.Run.hidden(),
		matches: make(map[provider.UserID]Match), by: make(map[provider.UserID]MatchBy), taken: make(map[string]provider.UserID),
	}
	if m.names, err = w.departmentNames(ctx); err != nil {
		return nil, err
	}
	if m.people, err = w.managerNames(ctx, changed); err != nil {
		return nil, err
	}
	if m.shared, err = w.sharedValues(ctx, MatchMobile); err != nil {
		return nil, err
	}
	if err := m.find(ctx, w, changed); err != nil || len(m.matches) == 0 {
		return m, err
	}
	accounts := make([]string, 0, len(m.matches))
	for _, found := range m.matches {
		accounts = append(accounts, found.LocalID)
	}
	m.holders, err = w.store.Holders(ctx, w.claim, accounts)
	return m, err
}

// plan decides what is to be done about a person.
func (m *matching) plan(p *ChangedPerson) PlannedChange {
	c := PlannedChange{Entity: EntityPerson, RemoteID: string(p.Person.ID), Name: p.Person.Name}
	match, matched := m.matches[p.Person.ID]
	holder, held := m.holders[match.LocalID]
	switch {
	case p.BoundTo != "" && p.Holder.UserID == p.Person.ID:
		c.LocalID, holder = p.BoundTo, p.Holder
	case p.BoundTo != "":
		holder = p.Holder
		m.takeOver(&c, p.BoundTo, holder)
	case matched && held:
		c.Account = match.Account
		m.takeOver(&c, match.LocalID, holder)
	case matched:
		c.LocalID, c.Account = match.LocalID, match.Account
	case p.Person.Mobile == "":
		c.conflict("手机号为空且未绑定账号，无法匹配", "no mobile number and not bound to an account")
	case m.isShared(p.Person.Mobile):
		other := m.other(p.Person)
		c.conflict("手机号与用户"+other+"重复", "the mobile number is also that of user "+other)
	}
	if other, taken := m.taken[c.LocalID]; c.LocalID != "" && taken {
		c.conflict("账号已匹配到用户"+string(other), "the account was matched to user "+string(other))
	}
	if c.Kind == KindConflict {
		return c
	}
	if c.LocalID != "" {
		m.taken[c.LocalID] = p.Person.ID
	}
	if p.Mirror != nil && p.Mirror.LocalID == c.LocalID {
		c.Account = p.Mirror.Account
	}
	c.Kind = kindOf(p, c.LocalID, matched && !match.InTenant)
	if p.Mirror == nil && holder.UserID != "" && !holder.Active {
		c.Kind = KindRejoin // left under another user id, or before this directory was kept
	}
	c.Fields = m.fields(p, m.keeps(p, c.LocalID))
	if len(c.Fields) == 0 && len(m.fields(p, 0)) > 0 {
		c.Reason = noteKeptFields()
	}
	return c
}

// keeps returns the fields of an account, "" for a new one, that stay as they
// are by the rules. What was edited on the platform shows when it is applied.
func (m *matching) keeps(p *ChangedPerson, account string) FieldSet {
	if account == "" {
		return m.rules.keepsOfNew().Without(FieldName, FieldMobile)
	}
	return m.rules.keepsOf(p.Mirror) | p.Person.unread(m.hidden)
}

// keepsOf returns the fields that stay as they are by the rules of somebody who
// has an account; known is nil for somebody who is not in the mirror.
func (r Rules) keepsOf(known *MirrorPerson) FieldSet {
	owned := known != nil && known.Owned
	keep := r.keeps(owned)
	for _, f := range PersonFields() {
		owner := r.owner(f, owned)
		if owner == OwnerPlatform || owner == OwnerFirst && known != nil && known.field(f) != "" {
			keep = keep.With(f)
		}
	}
	return keep
}

func noteKeptFields() provider.Text {
	return provider.Text{
		ZH: "仅有由平台保留的字段不同，平台的值保持不变",
		EN: "only fields differ that the platform keeps; nothing changes there",
	}
}

func (c *PlannedChange) conflict(zh, en string) {
	c.Kind, c.LocalID, c.Replaces, c.Reason = KindConflict, "", "", provider.Text{ZH: zh, EN: en}
}

// takeOver gives somebody an account that is bound to another user id. That is
// right when the other one is not in the directory any more: people who are
// removed and entered anew get another user id. Otherwise it is a conflict.
func (m *matching) takeOver(c *PlannedChange, account string, holder Holder) {
	if holder.Read || !m.complete {
		other := string(holder.UserID)
		c.conflict("对应的账号已绑定用户"+other, "the account is bound to user "+other)
		return
	}
	c.LocalID, c.Replaces = account, holder.UserID
}

func (m *matching) isShared(mobile string) bool {
	_, shared := m.shared[mobile]
	return shared
}

// other returns somebody else with the same mobile number.
func (m *matching) other(p StagedPerson) string {
	two := m.shared[p.Mobile]
	if two[0] == p.ID {
		return string(two[1])
	}
	return string(two[0])
}

// kindOf names what is done about somebody who gets the given account, "" for a
// new one.
func kindOf(p *ChangedPerson, account string, joins bool) Kind {
	switch known := p.Mirror; {
	case known != nil && known.away():
		return KindRejoin
	case account == "", known == nil && joins:
		return KindCreate
	case known != nil && !sameDepartments(known.Places, p.Places):
		return KindMove
	}
	return KindUpdate
}

func sameDepartments(a, b []StagedPlace) bool {
	return slices.EqualFunc(a, b, func(x, y StagedPlace) bool { return x.DepartmentID == y.DepartmentID })
}

// fields returns what differs from what was last applied, but for what is kept.
func (m *matching) fields(p *ChangedPerson, keep FieldSet) []Field {
	before := MirrorPerson{}
	if p.Mirror != nil {
		before = *p.Mirror
	}
	after := p.Person
	var pairs []fieldPair
	for _, f := range valueFields() {
		if !keep.Has(f) {
			pairs = append(pairs, fieldPair{string(f), before.field(f), after.field(f)})
		}
	}
	if after.ManagerKnown && !keep.Has(FieldManager) {
		pairs = append(pairs, fieldPair{string(FieldManager), m.people.of(before.ManagerID), m.people.of(after.ManagerID)})
	}
	fields := differing(append(pairs,
		fieldPair{"departments", m.names.list(before.Places), m.names.list(p.Places)},
		fieldPair{"leaderOf", m.names.list(led(before.Places)), m.names.list(led(p.Places))})...)
	for i, f := range fields {
		if f.Field == "mobile" {
			fields[i].Before, fields[i].After = masked(f.Before), masked(f.After)
		}
	}
	if len(fields) == 0 {
		return differing(fieldPair{"order", orders(before.Places), orders(p.Places)})
	}
	return fields
}

// led returns the places of a leader.
func led(places []StagedPlace) []StagedPlace {
	var list []StagedPlace
	for _, p := range places {
		if p.Leader {
			list = append(list, p)
		}
	}
	return list
}

// orders returns a person's positions in their departments.
func orders(places []StagedPlace) string {
	list := make([]string, len(places))
	for i, p := range places {
		list[i] = order(p.Order)
	}
	return strings.Join(list, ", ")
}
