package sync

import (
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// loadingMirror is the index of the mirror on its way from the store.
type loadingMirror struct {
	loaded chan struct{} // closed when index and err are there
	index  *mirrorIndex
	err    error
}

// loadMirror loads what a read compares with in the background: the first calls
// list departments, which are not compared. It ends with ctx.
func (w *worker) loadMirror(ctx context.Context) *loadingMirror {
	l, claim := &loadingMirror{loaded: make(chan struct{})}, w.claim
	go func() {
		defer close(l.loaded)
		l.err = protect(func() (err error) {
			l.index, err = w.mirrorIndex(ctx, claim)
			return err
		})
	}()
	return l
}

// get waits for the index; a nil one has nobody.
func (l *loadingMirror) get() (*mirrorIndex, error) {
	<-l.loaded
	return l.index, l.err
}

// mirrorIndex loads what a full read compares with while it reads; nil when
// there is nothing to compare with, and for an incremental read, which looks at
// few people.
func (w *worker) mirrorIndex(ctx context.Context, c Claim) (*mirrorIndex, error) {
	if c.Run.Mode != Full {
		return nil, nil
	}
	x := &mirrorIndex{}
	err := w.store.AppliedPeople(ctx, c, false, func(p AppliedPerson) error {
		x.add(&p)
		return nil
	})
	if err != nil || len(x.places) == 0 {
		return nil, err
	}
	x.sort()
	return x, w.store.SeenPlaces(ctx, c, func(keys []PlaceKey) error {
		x.see(keys)
		return nil
	})
}

// compareRead completes the staging rows once all is read. People who differ
// were staged with the places that differ; places that were read unchanged are
// filled in from the mirror. Somebody with nothing staged has left the places in
// which they were not seen; whoever was not seen at all may have left the
// company.
func (w *worker) compareRead(ctx context.Context, x *mirrorIndex) error {
	if x == nil {
		return nil
	}
	var read map[provider.DepartmentID]bool
	if !w.claim.Run.Complete {
		var err error
		if read, err = w.readDepartments(ctx); err != nil {
			return err
		}
	}
	var c Compared
	err := w.store.AppliedPeople(ctx, w.claim, x.sawAll(), func(p AppliedPerson) error {
		c.add(&p, x.saw(&p), read)
		return nil
	})
	if err != nil {
		return err
	}
	return w.wrote(w.store.StageCompared(ctx, w.claim, c, w.now()))
}

// add adds what is to be staged of a person of whom the given places were seen.
// read are the departments whose people were read, nil for all.
func (c *Compared) add(p *AppliedPerson, seen []StagedPlace, read map[provider.DepartmentID]bool) {
	if len(seen) == 0 {
		c.Unseen = append(c.Unseen, p.ID)
		return
	}
	if !p.Staged {
		if !slices.ContainsFunc(p.Places, func(place StagedPlace) bool {
			return !slices.Contains(seen, place) && (read == nil || read[place.DepartmentID])
		}) {
			return
		}
		c.Movers = append(c.Movers, p.ID)
	}
	for _, place := range seen {
		if place.DepartmentID != "" {
			c.Places = append(c.Places, place)
		}
	}
}
