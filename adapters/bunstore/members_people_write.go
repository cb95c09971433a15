package bunstore

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// updateAccounts changes the accounts that differ from what they shall be.
func (b *peopleBatch) updateAccounts(ctx context.Context) error {
	var changed []personItem
	for _, i := range b.existing {
		a := i.account
		if i.phone != a.Phone || i.email != a.Email || i.realname != a.Realname || i.avatar != a.AvatarURL {
			changed = append(changed, i)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	_, err := b.idb(ctx).NewRaw(`UPDATE thirdapp_people AS p SET realname = v.realname, phone = NULLIF(v.phone, ''),
			email = NULLIF(v.email, ''), avatar_url = v.avatar_url, updated_at = ?
		FROM ? WHERE p.id = v.id`, b.people.now(), accountValues(changed)).Exec(ctx)
	return err
}

func accountValues(items []personItem) values {
	return valuesOf("v", items).
		text("id", func(i *personItem) string { return i.id }).
		text("username", func(i *personItem) string { return i.username }).
		text("realname", func(i *personItem) string { return i.realname }).
		text("phone", func(i *personItem) string { return i.phone }).
		text("email", func(i *personItem) string { return i.email }).
		text("avatar_url", func(i *personItem) string { return i.avatar }).
		text("password_hash", func(i *personItem) string { return i.PasswordHash }).values
}

func membershipValues(items []personItem) values {
	return valuesOf("v", items).
		text("id", func(i *personItem) string { return i.id }).
		text("state", func(i *personItem) string { return string(i.Join) }).
		text("work_no", func(i *personItem) string { return i.workNo }).
		text("title", func(i *personItem) string { return i.title }).
		boolean("rejoins", func(i *personItem) bool { return i.Kind == dirsync.KindRejoin }).values
}

// updateMemberships makes accounts that exist members as they shall be. Only
// somebody who rejoins is admitted again: who was suspended otherwise stays
// so.
func (b *peopleBatch) updateMemberships(ctx context.Context) error {
	if len(b.existing) == 0 {
		return nil
	}
	now := b.people.now()
	_, err := b.idb(ctx).NewRaw(`WITH v AS (SELECT * FROM ?)
		INSERT INTO thirdapp_memberships AS m (tenant_id, person_id, state, work_no, title, created_at, updated_at)
		SELECT ?, v.id, CASE WHEN v.rejoins AND o.state = 'suspended' THEN 'active' ELSE COALESCE(o.state, v.state) END,
			v.work_no, v.title, ?, ?
		FROM v LEFT JOIN thirdapp_memberships AS o ON o.tenant_id = ? AND o.person_id = v.id WHERE TRUE
		ON CONFLICT (tenant_id, person_id) DO UPDATE SET state = EXCLUDED.state, work_no = EXCLUDED.work_no,
			title = EXCLUDED.title, updated_at = EXCLUDED.updated_at
		WHERE m.state <> EXCLUDED.state OR m.work_no <> EXCLUDED.work_no OR m.title <> EXCLUDED.title`,
		membershipValues(b.existing), b.dir.Tenant, now, now, b.dir.Tenant).Exec(ctx)
	return err
}

// create makes new accounts and their memberships. When one of them cannot be,
// they are made again without those that cannot.
func (b *peopleBatch) create(ctx context.Context) error {
	if len(b.created) == 0 {
		return nil
	}
	for i := range b.created {
		id, err := newLocalID()
		if err != nil {
			return err
		}
		b.created[i].id = id
	}
	b.nameAccounts(nil)
	ok, err := b.people.store.attempt(ctx, func(ctx context.Context) error {
		if err := b.people.store.insertNew(ctx, b.newAccounts()); err != nil {
			return err
		}
		return b.people.store.insertNew(ctx, b.newMemberships())
	})
	if err != nil || ok {
		return err
	}
	if err := b.renameAccounts(ctx); err != nil {
		return err
	}
	if err := b.createAccounts(ctx); err != nil || len(b.created) == 0 {
		return err
	}
	return b.createMemberships(ctx)
}

// newAccounts are the rows of new accounts.
func (b *peopleBatch) newAccounts() newRows {
	now := b.people.now()
	return newRows{
		"thirdapp_people",
		[]sameColumn{{"disabled", false}, {"created_at", now}, {"updated_at", now}},
		valuesOf("v", b.created).
			text("id", func(i *personItem) string { return i.id }).
			text("username", func(i *personItem) string { return i.username }).
			text("realname", func(i *personItem) string { return i.realname }).
			text("phone", func(i *personItem) string { return i.phone }).
			nullable("email", func(i *personItem) string { return i.email }).
			text("avatar_url", func(i *personItem) string { return i.avatar }).
			text("password_hash", func(i *personItem) string { return i.PasswordHash }).
			boolean("must_change_password", func(i *personItem) bool { return i.PasswordHash != "" }).values,
	}
}

// newMemberships are the rows of new accounts' memberships.
func (b *peopleBatch) newMemberships() newRows {
	now := b.people.now()
	return newRows{
		"thirdapp_memberships",
		[]sameColumn{{"tenant_id", string(b.dir.Tenant)}, {"created_at", now}, {"updated_at", now}},
		valuesOf("v", b.created).
			text("person_id", func(i *personItem) string { return i.id }).
			text("state", func(i *personItem) string { return string(i.Join) }).
			text("work_no", func(i *personItem) string { return i.workNo }).
			text("title", func(i *personItem) string { return i.title }).values,
	}
}

// insertPossible inserts the rows that can be, and returns how many: those with
// a unique value that is taken cannot.
func (b *peopleBatch) insertPossible(ctx context.Context, r newRows) (int64, error) {
	return affected(r.insert(b.idb(ctx), " ON CONFLICT DO NOTHING").Exec(ctx))
}

// createAccounts inserts the new accounts that can be, and refuses the others.
func (b *peopleBatch) createAccounts(ctx context.Context) error {
	n, err := b.insertPossible(ctx, b.newAccounts())
	if err != nil || n == int64(len(b.created)) {
		return err
	}
	return b.refuseMissing(ctx)
}

// createMemberships makes new accounts members; one that cannot be, for its job
// number, is taken back.
func (b *peopleBatch) createMemberships(ctx context.Context) error {
	n, err := b.insertPossible(ctx, b.newMemberships())
	if err != nil || n == int64(len(b.created)) {
		return err
	}
	var missing []string
	err = b.idb(ctx).NewRaw(`DELETE FROM thirdapp_people WHERE id IN (SELECT v.id FROM ?
			WHERE NOT EXISTS (SELECT 1 FROM thirdapp_memberships AS m WHERE m.tenant_id = ? AND m.person_id = v.id))
		RETURNING id`, ids(b.created), b.dir.Tenant).Scan(ctx, &missing)
	if err != nil {
		return err
	}
	b.fail(&b.created, missing, func(*personItem) provider.Text { return refusedWorkNo() })
	return nil
}
