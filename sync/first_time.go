package sync

import (
	"hash/maphash"

	"github.com/thirdapp/thirdapp/provider"
)

// firstTime tells people who are read for the first time from those who may be
// in the staging rows already, because looking for a row costs as much as writing
// one. It keeps a number for each person, and knows only what was read in this
// slice of work: it exists when the read has begun in this slice, and what a
// later slice reads may all be there. It is not safe for concurrent use.
type firstTime struct {
	seed  maphash.Seed
	found map[uint64]struct{}
}

func newFirstTime() *firstTime {
	return &firstTime{seed: maphash.MakeSeed(), found: make(map[uint64]struct{})}
}

// is reports whether somebody was not found before. Two people may have the same
// number: then it says no.
func (f *firstTime) is(person provider.UserID) bool {
	number := maphash.String(f.seed, string(person))
	_, before := f.found[number]
	f.found[number] = struct{}{}
	return !before
}

// sort moves the people of whom a page has the first place, and these places, to
// those that are new. A page has the places in the order of the people.
func (f *firstTime) sort(p *pages) {
	if f == nil {
		return
	}
	people, places := p.People, p.Places
	p.People, p.Places = nil, nil
	for i := range people {
		n := 0
		for n < len(places) && places[n].PersonID == people[i].ID {
			n++
		}
		if f.is(people[i].ID) {
			p.NewPeople, p.NewPlaces = append(p.NewPeople, people[i]), append(p.NewPlaces, places[:n]...)
		} else {
			p.People, p.Places = append(p.People, people[i]), append(p.Places, places[:n]...)
		}
		places = places[n:]
	}
}
