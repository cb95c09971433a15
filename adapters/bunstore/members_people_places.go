package bunstore

import (
	"context"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// placeItem is a person's place in a department.
type placeItem struct {
	person string
	dirsync.Place
}

func placeItems(items []placeItem) values {
	return valuesOf("v", items).
		text("department_id", func(p *placeItem) string { return p.DepartmentLocalID }).
		text("person_id", func(p *placeItem) string { return p.person }).
		boolean("leader", func(p *placeItem) bool { return p.Leader }).
		bigint("sort_order", func(p *placeItem) int64 { return p.Order }).values
}

// place puts people into their departments, and out of those of the directory
// that they are not in any more.
func (b *peopleBatch) place(ctx context.Context) error {
	existing, created := placesOf(b.existing), placesOf(b.created)
	if err := b.unplace(ctx, b.existing, existing); err != nil {
		return err
	}
	if err := b.replacePlaces(ctx, existing); err != nil {
		return err
	}
	return b.people.store.insertNew(ctx, b.newPlaces(created))
}

// placesOf returns the places of people who are applied now.
func placesOf(items []personItem) []placeItem {
	var places []placeItem
	for _, i := range items {
		i.out.LocalID = i.id
		for _, p := range i.Places {
			places = append(places, placeItem{i.id, p})
		}
	}
	return places
}

// newPlaces are rows of places.
func (b *peopleBatch) newPlaces(places []placeItem) newRows {
	return newRows{
		"thirdapp_department_members", []sameColumn{{"tenant_id", string(b.dir.Tenant)}}, placeItems(places),
	}
}

// replacePlaces puts people into departments that they may be in already.
func (b *peopleBatch) replacePlaces(ctx context.Context, places []placeItem) error {
	if len(places) == 0 {
		return nil
	}
	rows := b.newPlaces(places)
	_, err := rows.insert(b.idb(ctx), ` ON CONFLICT (tenant_id, department_id, person_id) DO UPDATE SET
			leader = EXCLUDED.leader, sort_order = EXCLUDED.sort_order
		WHERE thirdapp_department_members.leader <> EXCLUDED.leader
			OR thirdapp_department_members.sort_order <> EXCLUDED.sort_order`).Exec(ctx)
	return err
}

// unplace takes people out of the departments of the directory, but for the
// places given.
func (b *peopleBatch) unplace(ctx context.Context, items []personItem, keep []placeItem) error {
	if len(items) == 0 {
		return nil
	}
	q := b.idb(ctx).NewDelete().TableExpr("thirdapp_department_members AS m").
		Where("m.tenant_id = ? AND m.person_id IN (SELECT id FROM ?)", b.dir.Tenant, ids(items)).
		Where("EXISTS (SELECT 1 FROM thirdapp_departments AS d WHERE d.tenant_id = m.tenant_id AND d.id = m.department_id"+
			" AND d.provider = ? AND d.org_id = ? AND d.remote_id <> '')", b.dir.Provider, b.dir.OrgID)
	if len(keep) > 0 {
		q = q.Where("NOT EXISTS (SELECT 1 FROM ? WHERE v.person_id = m.person_id AND v.department_id = m.department_id)",
			placeItems(keep))
	}
	_, err := q.Exec(ctx)
	return err
}
