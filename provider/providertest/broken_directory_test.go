package providertest_test

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
)

// directoryDefects are those of what is read of people.
func directoryDefects() map[string]defect {
	reader := func(spoil func(p *provider.Person)) defect {
		return defect{wrap: func(b broken) provider.Provider { return carelessReader{b, spoil} }, fails: "directory/complete"}
	}
	return map[string]defect{
		"has people in reverse": reader(func(p *provider.Person) {
			for i := range p.Memberships {
				p.Memberships[i].Order *= -1
			}
		}),
		"forgets leaders": reader(func(p *provider.Person) {
			for i := range p.Memberships {
				p.Memberships[i].Leader = false
			}
		}),
		"forgets job numbers": reader(func(p *provider.Person) { p.JobNumber = "" }),
		"finds people without their places": {
			wrap:  func(b broken) provider.Provider { return homelessFinder{b} },
			fails: "finder/by_every_id",
		},
	}
}

type carelessReader struct {
	broken
	spoil func(p *provider.Person)
}

func (r carelessReader) People(ctx context.Context, d provider.DepartmentID, at provider.Cursor) (provider.PersonPage, error) {
	page, err := r.broken.People(ctx, d, at)
	for i := range page.People {
		r.spoil(&page.People[i])
	}
	return page, err
}

type homelessFinder struct{ broken }

func (f homelessFinder) PersonByID(ctx context.Context, id provider.UserID) (provider.Person, error) {
	p, err := f.broken.PersonByID(ctx, id)
	p.Memberships = nil
	return p, err
}
