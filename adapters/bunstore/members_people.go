package bunstore

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// personItem is one change of a person on its way through ApplyPeople.
type personItem struct {
	*dirsync.PersonChange
	out *dirsync.Outcome
	// id is the account's own, or the one it gets when it is new.
	id string
	// account is nil for a new account.
	account *accountRow
	// phone, email, realname and avatar are what the account shall have.
	phone, email, realname, avatar string
	workNo, title                  string
	// username is that of a new account.
	username string
}

func (i *personItem) refused() bool { return !i.out.Failure.IsZero() }

// ApplyPeople implements dirsync.Members. Somebody without job number gets
// their user id of the office app for one.
func (p *People) ApplyPeople(
	ctx context.Context, dir dirsync.Directory, changes []dirsync.PersonChange,
) ([]dirsync.Outcome, error) {
	outcomes := make([]dirsync.Outcome, len(changes))
	b := peopleBatch{people: p, dir: dir}
	for i := range changes {
		b.add(&changes[i], &outcomes[i])
	}
	if err := p.store.InTx(ctx, b.apply); err != nil {
		return nil, fmt.Errorf("bunstore: apply people: %w", storeError(err))
	}
	return outcomes, nil
}

// peopleBatch is the work of one ApplyPeople.
type peopleBatch struct {
	people   *People
	dir      dirsync.Directory
	leavers  []personItem
	existing []personItem
	created  []personItem
}

func (b *peopleBatch) add(c *dirsync.PersonChange, out *dirsync.Outcome) {
	item := personItem{
		PersonChange: c, out: out, id: c.LocalID,
		phone: c.Mobile, email: c.Email, realname: c.Name, avatar: c.AvatarURL,
		workNo: c.JobNumber, title: c.Title,
	}
	if item.workNo == "" {
		item.workNo = string(c.RemoteID)
	}
	if c.LocalID == "" {
		item.leaveEmpty()
	}
	switch {
	case c.Kind.Removes():
		b.leavers = append(b.leavers, item)
	case c.LocalID != "":
		b.existing = append(b.existing, item)
	default:
		b.created = append(b.created, item)
	}
}

// leaveEmpty empties what is kept as it is of a new account. A name, a phone
// and a job number are needed.
func (i *personItem) leaveEmpty() {
	for field, value := range map[dirsync.PersonField]*string{
		dirsync.FieldEmail: &i.email, dirsync.FieldTitle: &i.title, dirsync.FieldAvatar: &i.avatar,
	} {
		if i.Keep.Has(field) {
			*value = ""
		}
	}
	if i.Keep.Has(dirsync.FieldJobNumber) {
		i.workNo = string(i.RemoteID)
	}
}

// apply runs the steps. Those who are refused in one are left out of the rest.
func (b *peopleBatch) apply(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		b.suspend, b.load, b.refuseTaken, b.updateAccounts, b.updateMemberships,
		b.create, b.place,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *peopleBatch) idb(ctx context.Context) bun.IDB { return b.people.store.idb(ctx) }

// suspend takes leavers out of the tenant and of the directory's departments.
func (b *peopleBatch) suspend(ctx context.Context) error {
	var out []personItem
	for i := range b.leavers {
		item := &b.leavers[i]
		item.out.LocalID = item.LocalID
		if item.Kind == dirsync.KindLeave && !item.BoundElsewhere {
			out = append(out, *item)
		}
	}
	if len(out) > 0 {
		_, err := b.idb(ctx).NewRaw("UPDATE thirdapp_memberships SET state = 'suspended', updated_at = ?"+
			" WHERE tenant_id = ? AND state <> 'suspended' AND person_id IN (SELECT id FROM ?)",
			b.people.now(), b.dir.Tenant, ids(out)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return b.unplace(ctx, b.leavers, nil)
}

// ids is a table literal of the items' ids.
func ids(items []personItem) values {
	return valuesOf("v", items).text("id", func(i *personItem) string { return i.id }).values
}

// accountRow is what a pull has to know of an account that exists.
type accountRow struct {
	ID        string
	Username  string
	Realname  string
	Phone     string
	Email     string
	AvatarURL string
	// Member is false for an account that is not in the tenant yet; WorkNo and
	// Title are those of the membership.
	Member bool
	WorkNo string
	Title  string
	// Shared is true for a member of another tenant, Administrator for a platform
	// administrator.
	Shared        bool
	Administrator bool
}

// reachColumns are the columns Shared and Administrator of an account p; its
// parameters are the tenant and [tenant.Platform].
const reachColumns = `EXISTS (SELECT 1 FROM thirdapp_memberships AS o WHERE o.person_id = p.id AND o.tenant_id <> ?) AS shared,
			EXISTS (SELECT 1 FROM thirdapp_grants AS g WHERE g.tenant_id = ? AND g.user_id = p.id AND NOT g.removed) AS administrator`

// load reads the accounts that exist and decides what they shall be.
func (b *peopleBatch) load(ctx context.Context) error {
	if len(b.existing) == 0 {
		return nil
	}
	var rows []accountRow
	err := b.idb(ctx).NewRaw(`SELECT p.id, p.username, p.realname, COALESCE(p.phone, '') AS phone,
			COALESCE(p.email, '') AS email, p.avatar_url,
			m.person_id IS NOT NULL AS member, COALESCE(m.work_no, '') AS work_no, COALESCE(m.title, '') AS title,
			`+reachColumns+`
		FROM ? JOIN thirdapp_people AS p ON p.id = v.id
		LEFT JOIN thirdapp_memberships AS m ON m.tenant_id = ? AND m.person_id = p.id`,
		b.dir.Tenant, tenant.Platform, ids(b.existing), b.dir.Tenant).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	byID := make(map[string]*accountRow, len(rows))
	for i := range rows {
		byID[rows[i].ID] = &rows[i]
	}
	for i := range b.existing {
		item := &b.existing[i]
		if item.account = byID[item.id]; item.account == nil {
			item.out.Failure = provider.Text{ZH: "平台账号不存在", EN: "the platform account does not exist"}
			continue
		}
		item.decide()
	}
	b.existing = b.standing(b.existing)
	return nil
}

// decide sets what an account that exists shall have: see People.
func (i *personItem) decide() {
	a := i.account
	i.out.Account = a.Username
	i.phone = i.follow(dirsync.FieldMobile, a.Phone, i.Mobile, !a.Shared)
	i.email = i.follow(dirsync.FieldEmail, a.Email, i.Email, !a.Shared)
	if a.Administrator {
		i.phone, i.email = a.Phone, a.Email
	}
	i.realname = i.follow(dirsync.FieldName, a.Realname, i.Name, i.Owned)
	i.avatar = i.follow(dirsync.FieldAvatar, a.AvatarURL, i.AvatarURL, i.Owned)
	if a.Member && i.Keep.Has(dirsync.FieldJobNumber) {
		i.workNo = a.WorkNo
	}
	if a.Member && i.Keep.Has(dirsync.FieldTitle) {
		i.title = a.Title
	}
	if i.phone != a.Phone || i.email != a.Email || !a.Shared && !a.Administrator {
		return
	}
	differs := func(f dirsync.PersonField, v, current string) bool { return v != "" && v != current && !i.Keep.Has(f) }
	if differs(dirsync.FieldMobile, i.Mobile, a.Phone) || differs(dirsync.FieldEmail, i.Email, a.Email) {
		i.out.Note = provider.Text{
			ZH: "该账号还属于其他租户或为平台管理员，手机号和邮箱保持不变",
			EN: "the account belongs to other tenants as well, or to a platform administrator; its phone and email were kept",
		}
	}
}

// follow returns the value a field gets from the directory, or keeps.
func (i *personItem) follow(f dirsync.PersonField, current, directory string, follows bool) string {
	if i.Keep.Has(f) || directory == "" || current != "" && !follows {
		return current
	}
	return directory
}
