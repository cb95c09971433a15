package providertest_test

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
)

func writerDefects() map[string]defect {
	writer := func(fails string, wrap func(broken) provider.Provider) defect {
		return defect{wrap: wrap, fails: "writer/" + fails}
	}
	return map[string]defect{
		"forgets a move": writer("departments", func(b broken) provider.Provider {
			return departmentsChanged{b, func(w *provider.DepartmentWrite) { w.ParentID = nil }}
		}),
		"forgets an order": writer("order_of_departments", func(b broken) provider.Provider {
			return departmentsChanged{b, func(w *provider.DepartmentWrite) { w.Order = nil }}
		}),
		"forgets leaders": writer("leaders", func(b broken) provider.Provider {
			return departmentsChanged{b, func(w *provider.DepartmentWrite) { w.Leaders = nil }}
		}),
		"forgets who leads": writer("leaders", func(b broken) provider.Provider { return reappointing{b} }),
		"clears what is not named": writer("leaves_alone_what_is_not_named", func(b broken) provider.Provider {
			return peopleChanged{b, func(w *provider.PersonWrite) { w.Title = new(string) }}
		}),
		"does not clear": writer("people", func(b broken) provider.Provider {
			return peopleChanged{b, func(w *provider.PersonWrite) { w.Title = nil }}
		}),
		"overwrites custom fields": writer("custom_fields", func(b broken) provider.Provider {
			return peopleChanged{b, func(w *provider.PersonWrite) { w.Extension = map[string]string{"爱好": ""} }}
		}),
		"deletes the root silently": writer("refuses_departments", func(b broken) provider.Provider { return polite{b} }),
		"takes nobody for somebody": writer("refuses_people", func(b broken) provider.Provider { return obligingWriter{b} }),
		"asks before it checks":     writer("checks_before_asking", func(b broken) provider.Provider { return hasty{b} }),
		"takes invited for joined":  writer("invitation", func(b broken) provider.Provider { return joyful{b} }),
		"calls a creation unsent": writer("says_truly_what_was_not_done/lost", func(b broken) provider.Provider {
			return lyingWriter{b}
		}),
	}
}

// departmentsChanged updates departments in another way than it was told.
type departmentsChanged struct {
	broken
	spoil func(*provider.DepartmentWrite)
}

func (d departmentsChanged) UpdateDepartment(ctx context.Context, id provider.DepartmentID, w provider.DepartmentWrite) error {
	d.spoil(&w)
	return d.broken.UpdateDepartment(ctx, id, w)
}

// peopleChanged updates people in another way than it was told.
type peopleChanged struct {
	broken
	spoil func(*provider.PersonWrite)
}

func (p peopleChanged) UpdatePerson(ctx context.Context, id provider.UserID, w provider.PersonWrite) error {
	p.spoil(&w)
	return p.broken.UpdatePerson(ctx, id, w)
}

// reappointing has nobody lead the departments of somebody whose places change.
type reappointing struct{ broken }

func (r reappointing) UpdatePerson(ctx context.Context, id provider.UserID, w provider.PersonWrite) error {
	if w.Memberships != nil {
		for _, m := range *w.Memberships {
			_ = r.UpdateDepartment(ctx, m.DepartmentID, provider.DepartmentWrite{Leaders: &[]provider.UserID{}})
		}
	}
	return r.broken.UpdatePerson(ctx, id, w)
}

type polite struct{ broken }

func (polite) DeleteDepartment(context.Context, provider.DepartmentID) error { return nil }

type obligingWriter struct{ broken }

func (obligingWriter) UpdatePerson(context.Context, provider.UserID, provider.PersonWrite) error {
	return nil
}

// hasty finds out what is wrong from the office app.
type hasty struct{ broken }

func (h hasty) CreatePerson(ctx context.Context, w provider.PersonWrite) (provider.CreatedPerson, error) {
	if _, err := h.Scope(ctx); err != nil {
		return provider.CreatedPerson{}, err
	}
	return h.broken.CreatePerson(ctx, w)
}

type joyful struct{ broken }

func (j joyful) CreatePerson(ctx context.Context, w provider.PersonWrite) (provider.CreatedPerson, error) {
	created, err := j.broken.CreatePerson(ctx, w)
	if created.Invited {
		created = provider.CreatedPerson{UserID: w.UserID}
	}
	return created, err
}

type lyingWriter struct{ broken }

func (l lyingWriter) CreatePerson(ctx context.Context, w provider.PersonWrite) (provider.CreatedPerson, error) {
	created, err := l.broken.CreatePerson(ctx, w)
	if e, ok := err.(*provider.Error); ok { //nolint:errorlint // the fake does not wrap
		e.Unsent = true
	}
	return created, err
}
