package main

import (
	"context"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// user is a user as a tenant sees them.
type user struct {
	id                                int64
	login, name, phone, mail, picture string
	// status is "" for somebody who is not in the tenant.
	status, number, title string
	// elsewhere is true for somebody who is in another tenant.
	elsewhere bool
}

// user returns one, sql.ErrNoRows for none.
func (m *Members) user(ctx context.Context, dir dirsync.Directory, localID string) (user, error) {
	u := user{id: number(localID)}
	err := m.db(ctx).QueryRowContext(ctx, `SELECT u.login, u.full_name, COALESCE(u.phone, ''), COALESCE(u.mail, ''), u.picture,
			COALESCE(s.status, ''), COALESCE(s.number, ''), COALESCE(s.job_title, ''),
			EXISTS (SELECT 1 FROM staff o WHERE o.user_id = u.id AND o.tenant <> $1)
		FROM users u LEFT JOIN staff s ON s.tenant = $1 AND s.user_id = u.id WHERE u.id = $2`, string(dir.Tenant), u.id).
		Scan(&u.login, &u.name, &u.phone, &u.mail, &u.picture, &u.status, &u.number, &u.title, &u.elsewhere)
	return u, err
}
