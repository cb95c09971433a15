package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// refusedError is why somebody is not applied; everybody else is.
type refusedError struct{ why provider.Text }

func (r *refusedError) Error() string { return r.why.EN }

// ApplyPeople implements dirsync.Members, one person after the other. Whoever is
// refused is so before anything of theirs is written.
func (m *Members) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	outcomes := make([]dirsync.Outcome, len(changes))
	for i := range changes {
		u, err := m.applyPerson(ctx, dir, &changes[i])
		var no *refusedError
		switch {
		case errors.As(err, &no):
			outcomes[i].Failure = no.why
		case err != nil:
			return nil, fmt.Errorf("apply people: %w", err)
		default:
			outcomes[i] = dirsync.Outcome{LocalID: text(u.id), Account: u.login}
		}
	}
	return outcomes, nil
}

func (m *Members) applyPerson(ctx context.Context, dir dirsync.Directory, c *dirsync.PersonChange) (user, error) {
	if c.LocalID == "" {
		return m.create(ctx, dir, c)
	}
	u, err := m.user(ctx, dir, c.LocalID)
	if errors.Is(err, sql.ErrNoRows) {
		return u, &refusedError{provider.Text{ZH: "账号不存在", EN: "there is no such account"}}
	}
	if err != nil {
		return u, err
	}
	if c.Kind.Removes() {
		return u, m.leave(ctx, dir, c, u)
	}
	if err := m.update(ctx, c, &u); err != nil {
		return u, err
	}
	if err := m.admit(ctx, dir, c, u); err != nil {
		return u, err
	}
	return u, m.place(ctx, dir, u.id, c.Places)
}

// create makes an account. Name and number are filled whatever is kept: without
// them there is no account.
func (m *Members) create(ctx context.Context, dir dirsync.Directory, c *dirsync.PersonChange) (user, error) {
	fill := func(f dirsync.PersonField, value string) string {
		if c.Keep.Has(f) {
			return ""
		}
		return value
	}
	u := user{name: c.Name, phone: c.Mobile, mail: fill(dirsync.FieldEmail, c.Email), picture: fill(dirsync.FieldAvatar, c.AvatarURL)}
	if err := m.free(ctx, 0, u.phone, u.mail); err != nil {
		return u, err
	}
	var err error
	if u.login, err = m.login(ctx, c); err != nil {
		return u, err
	}
	err = m.db(ctx).QueryRowContext(ctx, `INSERT INTO users (login, full_name, phone, mail, picture, pass_hash, must_change)
		VALUES ($1, $2, NULLIF($3, ''), NULLIF($4, ''), $5, $6, $7) RETURNING id`,
		u.login, u.name, u.phone, u.mail, u.picture, c.PasswordHash, c.PasswordHash != "").Scan(&u.id)
	if err != nil {
		return u, err
	}
	err = m.hire(ctx, dir, u.id, c.Join, fill(dirsync.FieldJobNumber, c.JobNumber), fill(dirsync.FieldTitle, c.Title))
	if err != nil {
		return u, err
	}
	return u, m.place(ctx, dir, u.id, c.Places)
}

// login returns a username that nobody has: the one suggested, else the mobile
// number, with a number behind it if need be.
func (m *Members) login(ctx context.Context, c *dirsync.PersonChange) (string, error) {
	base := cmp.Or(c.Username, c.Mobile)
	name := base
	for n := 2; ; n++ {
		var taken bool
		err := m.db(ctx).QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM users WHERE login = $1)", name).Scan(&taken)
		if err != nil || !taken {
			return name, err
		}
		name = fmt.Sprintf("%s-%d", base, n)
	}
}

// free refuses a phone or mail address that somebody else has.
func (m *Members) free(ctx context.Context, id int64, phone, mail string) error {
	var taken bool
	err := m.db(ctx).QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM users WHERE id <> $1 AND phone = $2)", id, phone).Scan(&taken)
	if err == nil && taken {
		err = &refusedError{provider.Text{ZH: "手机号已被其他账号使用", EN: "another account has the mobile number"}}
	}
	if err != nil {
		return err
	}
	err = m.db(ctx).QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM users WHERE id <> $1 AND lower(mail) = $2)",
		id, strings.ToLower(mail)).Scan(&taken)
	if err == nil && taken {
		err = &refusedError{provider.Text{ZH: "邮箱已被其他账号使用", EN: "another account has the email address"}}
	}
	return err
}

// update changes an account. Nothing is emptied; names and pictures of accounts
// that no pull has created are filled where they are empty, and so are phone and
// mail of somebody who is in another tenant as well.
func (m *Members) update(ctx context.Context, c *dirsync.PersonChange, u *user) error {
	next := *u
	follow := func(f dirsync.PersonField, at *string, value string, whole bool) {
		if value != "" && !c.Keep.Has(f) && (whole || *at == "") {
			*at = value
		}
	}
	follow(dirsync.FieldName, &next.name, c.Name, c.Owned)
	follow(dirsync.FieldAvatar, &next.picture, c.AvatarURL, c.Owned)
	follow(dirsync.FieldMobile, &next.phone, c.Mobile, !u.elsewhere)
	follow(dirsync.FieldEmail, &next.mail, c.Email, !u.elsewhere)
	if next == *u {
		return nil
	}
	if err := m.free(ctx, u.id, next.phone, next.mail); err != nil {
		return err
	}
	_, err := m.db(ctx).ExecContext(ctx, `UPDATE users SET full_name = $1, phone = NULLIF($2, ''), mail = NULLIF($3, ''), picture = $4
		WHERE id = $5`, next.name, next.phone, next.mail, next.picture, u.id)
	*u = next
	return err
}
