package sync

import (
	"context"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// Owner says whose value of a field counts. The comparison is three-way, with
// the value that was last synchronised between the other two, so that what was
// edited on the platform survives a pull.
type Owner string

// The owners.
const (
	// OwnerProvider: what changes at the office app changes on the platform.
	// When it was edited on the platform, too, it stays and is a [Conflict]. A
	// push leaves the field alone. Name and mobile number of somebody whom it
	// creates are written all the same.
	OwnerProvider Owner = "provider"
	// OwnerPlatform: a pull leaves the field alone. Name and mobile number of
	// an account that it creates are filled all the same. A push writes the
	// platform's value, whatever the office app has.
	OwnerPlatform Owner = "platform"
	// OwnerFirst: a pull fills the field where it is empty, and never again; a
	// push writes it when it creates somebody, and never again.
	OwnerFirst Owner = "first"
)

// Ownership is the owner of each field. Those not in it are OwnerProvider's for
// a pull; a push brings over what only the platform has changed.
type Ownership map[PersonField]Owner

// checkOwnership adds the faults of an ownership.
func (f *ruleFaults) checkOwnership(o Ownership) {
	fields := make([]PersonField, 0, len(o))
	for field := range o {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	for _, field := range fields {
		at := "ownership." + shown(string(field))
		if field.bit() == 0 {
			f.add(at, "未知字段，可用："+listed(PersonFields(), "、"), "unknown field; use one of "+listed(PersonFields(), ", "))
		}
		oneOf(f, at, o[field], OwnerProvider, OwnerPlatform, OwnerFirst)
	}
}

// owner returns the owner of a field of somebody. Name and avatar of accounts
// that no pull has created are filled where they are empty.
func (r Rules) owner(f PersonField, owned bool) Owner {
	o := r.Ownership[f]
	if (o == "" || o == OwnerProvider) && !owned && (f == FieldName || f == FieldAvatar) {
		return OwnerFirst
	}
	if o == "" {
		return OwnerProvider
	}
	return o
}

// decision is what a pull does about the fields of somebody.
type decision struct {
	keep      FieldSet
	conflicts FieldSet
	// settled are fields that are the same on both sides afterwards.
	settled FieldSet
}

// decide compares, field by field, what the office app has with what the
// platform has and with what was last synchronised; base is nil for somebody
// who never was.
func (r Rules) decide(owned bool, base *StagedPerson, now *CurrentPerson, after *StagedPerson) decision {
	d := decision{keep: r.keeps(owned)}
	for _, f := range valueFields() {
		current, next := now.field(f), after.field(f)
		last := ""
		if base != nil {
			last = base.field(f)
		}
		if f == FieldJobNumber { // the user id stands for none
			next, last = without(next, after.ID), without(last, after.ID)
		}
		owner := r.owner(f, owned)
		switch {
		case d.keep.Has(f) || next == current:
		case owner == OwnerPlatform, owner == OwnerFirst && current != "":
			d.keep = d.keep.With(f)
		case base == nil && next == "":
			d.keep = d.keep.With(f) // entered on the platform alone
		case base == nil || owner == OwnerFirst || last == current || now.Fixed.Has(f):
		case last == next:
			d.keep = d.keep.With(f) // edited on the platform
		case next != "" || f.emptied():
			d.keep, d.conflicts = d.keep.With(f), d.conflicts.With(f)
		}
		if next == current || !d.keep.Has(f) {
			d.settled = d.settled.With(f)
		}
	}
	return d
}

// without returns a job number, "" for one that is the user id.
func without(number string, id provider.UserID) string {
	if number == string(id) {
		return ""
	}
	return number
}

// field returns the value of a field.
func (p *CurrentPerson) field(f PersonField) string {
	s := StagedPerson{
		Name: p.Name, Mobile: p.Mobile, Email: p.Email, JobNumber: p.JobNumber, Title: p.Title, AvatarURL: p.AvatarURL,
	}
	return s.field(f)
}

// decideAll decides about the people of a batch whose accounts exist, in the
// batch's transaction. For an undo, what is restored stands in for what the
// office app has: it writes no field that was edited here, either.
func (w *worker) decideAll(ctx context.Context, list []PendingPerson) error {
	var refs []PersonRef
	for i := range list {
		if p := &list[i]; p.LocalID != "" && !p.Kind.Removes() {
			refs = append(refs, PersonRef{RemoteID: p.RemoteID, LocalID: p.LocalID})
		}
	}
	now, err := w.current(ctx, refs)
	if err != nil {
		return err
	}
	rules, hidden := w.claim.Run.Rules, w.claim.Run.hidden()
	for i := range list {
		p := &list[i]
		if p.LocalID == "" && !p.Kind.Removes() {
			p.Keep = rules.keepsOfNew()
		}
		current, ok := now[p.LocalID]
		if !ok || p.Kind.Removes() {
			continue
		}
		unread := p.Person.unread(hidden)
		p.Person.recall(unread, p.Base, &current)
		d := rules.decide(p.Owned, p.Base, &current, &p.Person)
		p.Keep, p.Settled = d.keep|unread, d.settled
		p.Conflicts = fieldConflicts(d.conflicts, &current, &p.Person)
	}
	return nil
}

// current asks the platform for people as they are, by local id.
func (w *worker) current(ctx context.Context, refs []PersonRef) (map[string]CurrentPerson, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	list, err := w.members.Current(ctx, w.claim.Run.Directory(), refs)
	if err != nil {
		return nil, fmt.Errorf("members: %w", err)
	}
	now := make(map[string]CurrentPerson, len(list))
	for _, p := range list {
		now[p.LocalID] = p
	}
	return now, nil
}

// keepsOfNew returns the fields that stay empty of an account that is created.
func (r Rules) keepsOfNew() FieldSet {
	var keep FieldSet
	for f, owner := range r.Ownership {
		if owner == OwnerPlatform {
			keep = keep.With(f)
		}
	}
	return keep
}

// fieldConflicts describes the fields that differ on both sides.
func fieldConflicts(fields FieldSet, now *CurrentPerson, after *StagedPerson) []FieldConflict {
	var list []FieldConflict
	for _, f := range valueFields() {
		if !fields.Has(f) {
			continue
		}
		c := FieldConflict{Field: f, Platform: now.field(f), Provider: after.field(f)}
		if f == FieldMobile {
			c.Platform, c.Provider = masked(c.Platform), masked(c.Provider)
		}
		list = append(list, c)
	}
	return list
}

// noteKept says which fields stay because they differ on both sides; zero for
// none. An undo opens and settles no conflicts: what it restores is not the
// office app's value, so that there is nothing to choose between.
func (w *worker) noteKept(p *PendingPerson) provider.Text {
	kept, note := p.Conflicts, noteConflicts
	if w.claim.Run.Undoes != "" {
		note, p.Conflicts, p.Settled = noteEditedHere, nil, 0
	}
	if len(kept) == 0 {
		return provider.Text{}
	}
	return note(kept)
}

func noteConflicts(list []FieldConflict) provider.Text {
	fields := conflictFields(list)
	return provider.Text{
		ZH: "以下字段在平台和办公应用中都已修改，保留平台的值，请在冲突列表中处理：" + listed(fields, "、"),
		EN: "edited on the platform and at the office app, the platform's value was kept; resolve the conflict: " + listed(fields, ", "),
	}
}

// noteEditedHere says what an undo has left alone.
func noteEditedHere(list []FieldConflict) provider.Text {
	fields := conflictFields(list)
	return provider.Text{
		ZH: "以下字段在平台上修改过，不作撤销，保留平台的值：" + listed(fields, "、"),
		EN: "edited on the platform, and left alone; the platform's value was kept: " + listed(fields, ", "),
	}
}

func conflictFields(list []FieldConflict) []PersonField {
	fields := make([]PersonField, len(list))
	for i, c := range list {
		fields[i] = c.Field
	}
	return fields
}
