package bunstore

import (
	"context"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

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
				" AND m.work_no <> '' AND m.state <> 'suspended' AND m.person_id <> v.id", refusedWorkNo, // as the index has it
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
