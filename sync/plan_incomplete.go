package sync

import (
	"context"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// keepUnread has people stay in the departments that could not be read: after a
// read that failed in part nobody knows whether they left them. It returns
// those of the people who still differ. An incremental run has looked people up
// with all their places.
func (w *worker) keepUnread(ctx context.Context, changed []ChangedPerson) ([]ChangedPerson, error) {
	if w.claim.Run.Complete || w.claim.Run.Mode == Incremental || len(changed) == 0 {
		return changed, nil
	}
	read, err := w.readDepartments(ctx)
	if err != nil {
		return nil, err
	}
	var kept []StagedPlace
	for i := range changed {
		p := &changed[i]
		for _, place := range p.unread(read) {
			p.Places = append(p.Places, place)
			kept = append(kept, place)
		}
		slices.SortFunc(p.Places, func(a, b StagedPlace) int {
			return strings.Compare(string(a.DepartmentID), string(b.DepartmentID))
		})
	}
	if len(kept) == 0 {
		return changed, nil
	}
	if err := w.wrote(w.store.StagePages(ctx, w.claim, Staging{Places: kept}, w.now())); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(changed, func(p ChangedPerson) bool { return !p.differs() }), nil
}

// readDepartments returns the departments whose people were read, asked for
// once for each slice.
func (w *worker) readDepartments(ctx context.Context) (map[provider.DepartmentID]bool, error) {
	if w.readIDs != nil {
		return w.readIDs, nil
	}
	list, err := w.store.ReadDepartments(ctx, w.claim)
	if err != nil {
		return nil, err
	}
	w.readIDs = make(map[provider.DepartmentID]bool, len(list))
	for _, id := range list {
		w.readIDs[id] = true
	}
	return w.readIDs, nil
}

// unread returns the places that the mirror has in departments which were not
// read.
func (p *ChangedPerson) unread(read map[provider.DepartmentID]bool) []StagedPlace {
	if p.Mirror == nil || p.Mirror.Gone {
		return nil
	}
	var places []StagedPlace
	for _, place := range p.Mirror.Places {
		here := func(q StagedPlace) bool { return q.DepartmentID == place.DepartmentID }
		if !read[place.DepartmentID] && !slices.ContainsFunc(p.Places, here) {
			places = append(places, place)
		}
	}
	return places
}

// differs reports whether a person is not as they were last applied.
func (p *ChangedPerson) differs() bool {
	if p.Mirror == nil || p.Mirror.away() || !p.Holder.Active || p.BoundTo != p.Mirror.LocalID {
		return true
	}
	before, after := p.Mirror.StagedPerson, p.Person
	before.Hash, after.Hash = "", ""
	return before != after || !slices.Equal(p.Mirror.Places, p.Places)
}
