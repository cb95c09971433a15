package bunstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
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
	workNo                         string
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
		workNo: c.JobNumber,
	}
	if item.workNo == "" {
		item.workNo = string(c.RemoteID)
	}
	switch {
	case c.Kind == dirsync.KindLeave:
		b.leavers = append(b.leavers, item)
	case c.LocalID != "":
		b.existing = append(b.existing, item)
	default:
		b.created = append(b.created, item)
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
		if !item.BoundElsewhere {
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
	// Shared is true for a member of another tenant.
	Shared bool
}

// load reads the accounts that exist and decides what they shall be.
func (b *peopleBatch) load(ctx context.Context) error {
	if len(b.existing) == 0 {
		return nil
	}
	var rows []accountRow
	err := b.idb(ctx).NewRaw(`SELECT p.id, p.username, p.realname, COALESCE(p.phone, '') AS phone,
			COALESCE(p.email, '') AS email, p.avatar_url,
			EXISTS (SELECT 1 FROM thirdapp_memberships AS m WHERE m.person_id = p.id AND m.tenant_id <> ?) AS shared
		FROM ? JOIN thirdapp_people AS p ON p.id = v.id`, b.dir.Tenant, ids(b.existing)).Scan(ctx, &rows)
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
	i.phone = follow(a.Phone, i.Mobile, !a.Shared)
	i.email = follow(a.Email, i.Email, !a.Shared)
	i.realname = follow(a.Realname, i.Name, i.Owned)
	i.avatar = follow(a.AvatarURL, i.AvatarURL, i.Owned)
	if i.phone != a.Phone || i.email != a.Email || !a.Shared {
		return
	}
	if i.Mobile != "" && i.Mobile != a.Phone || i.Email != "" && i.Email != a.Email {
		i.out.Note = provider.Text{
			ZH: "该账号还属于其他租户，手机号和邮箱保持不变",
			EN: "the account belongs to other tenants as well; its phone and email were kept",
		}
	}
}

// follow returns the value a field gets from the directory, or keeps.
func follow(current, directory string, follows bool) string {
	if directory == "" || current != "" && !follows {
		return current
	}
	return directory
}

// standing returns the items that have not been refused.
func (b *peopleBatch) standing(items []personItem) []personItem {
	kept := items[:0]
	for _, i := range items {
		if !i.refused() {
			kept = append(kept, i)
		}
	}
	return kept
}

// refuseTaken refuses those who would get a phone, email or job number that
// somebody else in the batch gets, or somebody in the tables has. What new
// accounts would take from the tables shows when they are inserted.
func (b *peopleBatch) refuseTaken(ctx context.Context) error {
	held := make(map[string]string)
	for _, items := range [][]personItem{b.existing, b.created} {
		for i := range items {
			items[i].hold(held)
		}
	}
	b.existing, b.created = b.standing(b.existing), b.standing(b.created)
	for _, check := range []struct {
		of    func(*personItem) string
		table string
		why   func() provider.Text
	}{
		{(*personItem).newPhone, "thirdapp_people AS p ON p.phone = v.value AND p.id <> v.id", refusedPhone},
		{(*personItem).newEmail, "thirdapp_people AS p ON lower(p.email) = lower(v.value) AND p.id <> v.id", refusedEmail},
		{
			func(i *personItem) string { return i.workNo },
			"thirdapp_memberships AS m ON m.tenant_id = ? AND m.work_no = v.value" +
				" AND m.state <> 'suspended' AND m.person_id <> v.id", refusedWorkNo,
		},
	} {
		if err := b.refuse(ctx, check.of, check.table, check.why); err != nil {
			return err
		}
	}
	return nil
}

// newPhone is the phone the account gets and has not yet; "" for none.
func (i *personItem) newPhone() string {
	if i.account != nil && i.phone == i.account.Phone {
		return ""
	}
	return i.phone
}

// newEmail is the email the account gets and has not yet; "" for none.
func (i *personItem) newEmail() string {
	if i.account != nil && strings.EqualFold(i.email, i.account.Email) {
		return ""
	}
	return i.email
}

// hold takes the item's unique values, or refuses it when one is held.
func (i *personItem) hold(held map[string]string) {
	keys := []struct {
		key, value string
		why        func() provider.Text
	}{
		{"phone:" + i.phone, i.phone, refusedPhone},
		{"email:" + strings.ToLower(i.email), i.email, refusedEmail},
		{"workNo:" + i.workNo, i.workNo, refusedWorkNo},
	}
	for _, k := range keys {
		if _, taken := held[k.key]; taken && k.value != "" {
			i.out.Failure = k.why()
			return
		}
	}
	for _, k := range keys {
		held[k.key] = i.id
	}
}

// refuse refuses existing accounts for a value that somebody else has.
func (b *peopleBatch) refuse(
	ctx context.Context, of func(*personItem) string, table string, why func() provider.Text,
) error {
	var items []personItem
	for _, i := range b.existing {
		if of(&i) != "" {
			items = append(items, i)
		}
	}
	if len(items) == 0 {
		return nil
	}
	rows := valuesOf("v", items).
		text("id", func(i *personItem) string { return i.id }).
		text("value", of).values
	args := []any{rows}
	if strings.Contains(table, "?") {
		args = append(args, b.dir.Tenant)
	}
	var taken []string
	err := b.idb(ctx).NewRaw("SELECT v.id FROM ? JOIN "+table, args...).Scan(ctx, &taken)
	if err != nil || len(taken) == 0 {
		return err
	}
	b.fail(&b.existing, taken, func(*personItem) provider.Text { return why() })
	return nil
}

// fail refuses the items with the given ids and leaves them out of the rest.
func (b *peopleBatch) fail(items *[]personItem, taken []string, why func(*personItem) provider.Text) {
	refused := make(map[string]bool, len(taken))
	for _, id := range taken {
		refused[id] = true
	}
	for i := range *items {
		if item := &(*items)[i]; refused[item.id] {
			item.out.Failure = why(item)
		}
	}
	*items = b.standing(*items)
}

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
		text("title", func(i *personItem) string { return i.Title }).
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
		b.created[i].id, b.created[i].out.Account = id, b.created[i].Mobile
	}
	ok, err := b.people.store.attempt(ctx, func(ctx context.Context) error {
		if _, err := b.insertAccounts(ctx, ""); err != nil {
			return err
		}
		_, err := b.insertMemberships(ctx, "")
		return err
	})
	if err != nil || ok {
		return err
	}
	if err := b.createAccounts(ctx); err != nil || len(b.created) == 0 {
		return err
	}
	return b.createMemberships(ctx)
}

// skipTaken leaves out rows that cannot be, for whatever unique value.
const skipTaken = " ON CONFLICT DO NOTHING"

func (b *peopleBatch) insertAccounts(ctx context.Context, onConflict string) (int64, error) {
	now := b.people.now()
	return affected(b.idb(ctx).NewRaw(`INSERT INTO thirdapp_people (id, username, realname, phone, email, avatar_url,
			disabled, password_hash, must_change_password, created_at, updated_at)
		SELECT v.id, v.phone, v.realname, v.phone, NULLIF(v.email, ''), v.avatar_url,
			FALSE, v.password_hash, v.password_hash <> '', ?, ? FROM ? WHERE TRUE`+onConflict,
		now, now, accountValues(b.created)).Exec(ctx))
}

func (b *peopleBatch) insertMemberships(ctx context.Context, onConflict string) (int64, error) {
	now := b.people.now()
	return affected(b.idb(ctx).NewRaw(`INSERT INTO thirdapp_memberships
			(tenant_id, person_id, state, work_no, title, created_at, updated_at)
		SELECT ?, v.id, v.state, v.work_no, v.title, ?, ? FROM ? WHERE TRUE`+onConflict,
		b.dir.Tenant, now, now, membershipValues(b.created)).Exec(ctx))
}

// createAccounts inserts the new accounts that can be, and refuses the others.
func (b *peopleBatch) createAccounts(ctx context.Context) error {
	n, err := b.insertAccounts(ctx, skipTaken)
	if err != nil || n == int64(len(b.created)) {
		return err
	}
	return b.refuseMissing(ctx)
}

// refuseMissing refuses new accounts that were not inserted, with the reason.
func (b *peopleBatch) refuseMissing(ctx context.Context) error {
	var missing []struct {
		ID    string
		Phone bool
		Email bool
	}
	err := b.idb(ctx).NewRaw(`SELECT v.id,
			EXISTS (SELECT 1 FROM thirdapp_people AS p WHERE p.phone = v.phone) AS phone,
			EXISTS (SELECT 1 FROM thirdapp_people AS p WHERE v.email <> '' AND lower(p.email) = lower(v.email)) AS email
		FROM ? WHERE NOT EXISTS (SELECT 1 FROM thirdapp_people AS p WHERE p.id = v.id)`,
		accountValues(b.created)).Scan(ctx, &missing)
	if err != nil {
		return err
	}
	taken := make([]string, len(missing))
	why := make(map[string]provider.Text, len(missing))
	for i, m := range missing {
		taken[i] = m.ID
		switch {
		case m.Phone:
			why[m.ID] = refusedPhone()
		case m.Email:
			why[m.ID] = refusedEmail()
		default:
			why[m.ID] = refusedUsername()
		}
	}
	b.fail(&b.created, taken, func(i *personItem) provider.Text { return why[i.id] })
	return nil
}

// createMemberships makes new accounts members; one that cannot be, for its job
// number, is taken back.
func (b *peopleBatch) createMemberships(ctx context.Context) error {
	n, err := b.insertMemberships(ctx, skipTaken)
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
	if err := b.insertPlaces(ctx, existing, ` ON CONFLICT (tenant_id, department_id, person_id) DO UPDATE SET
			leader = EXCLUDED.leader, sort_order = EXCLUDED.sort_order
		WHERE m.leader <> EXCLUDED.leader OR m.sort_order <> EXCLUDED.sort_order`); err != nil {
		return err
	}
	return b.insertPlaces(ctx, created, "")
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

func (b *peopleBatch) insertPlaces(ctx context.Context, places []placeItem, onConflict string) error {
	if len(places) == 0 {
		return nil
	}
	_, err := b.idb(ctx).NewRaw(`INSERT INTO thirdapp_department_members AS m
			(tenant_id, department_id, person_id, leader, sort_order)
		SELECT ?, v.* FROM ? WHERE TRUE`+onConflict, b.dir.Tenant, placeItems(places)).Exec(ctx)
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

func refusedPhone() provider.Text {
	return provider.Text{ZH: "手机号重复，请更换手机号", EN: "the mobile number is taken by another account"}
}

func refusedEmail() provider.Text {
	return provider.Text{ZH: "邮箱重复，请更换邮箱", EN: "the email address is taken by another account"}
}

func refusedWorkNo() provider.Text {
	return provider.Text{ZH: "工号重复，请更换工号", EN: "the job number is taken by another member of the tenant"}
}

func refusedUsername() provider.Text {
	return provider.Text{ZH: "用户名已注册", EN: "the username is taken by another account"}
}
