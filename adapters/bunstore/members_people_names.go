package bunstore

import (
	"cmp"
	"context"
	"strconv"
)

// nameAccounts gives new accounts the usernames that are suggested for them, or
// others where one is taken already, also by another one of them.
func (b *peopleBatch) nameAccounts(taken map[string]bool) {
	mine := make(map[string]bool, len(b.created))
	for i := range b.created {
		item := &b.created[i]
		name := item.suggestion(1)
		for n := 2; taken[name] || mine[name]; n++ {
			name = item.suggestion(n)
		}
		mine[name] = true
		item.username, item.out.Account = name, name
	}
}

// suggestion is the n-th username that is suggested, beginning with 1.
func (i *personItem) suggestion(n int) string {
	name := cmp.Or(i.Username, i.Mobile)
	if n > 1 {
		name += "-" + strconv.Itoa(n)
	}
	return name
}

// renameAccounts names new accounts anew, by what the platform has. Where a
// name is taken it asks for more and more of those with a number behind, since
// hundreds of people may have one name.
func (b *peopleBatch) renameAccounts(ctx context.Context) error {
	taken := make(map[string]bool)
	for most := 1; ; most *= 8 {
		var asked []string
		for i := range b.created {
			if item := &b.created[i]; most == 1 || taken[item.suggestion(1)] {
				for n := range most {
					asked = append(asked, item.suggestion(n+1))
				}
			}
			asked = append(asked, b.created[i].username)
		}
		found, err := b.usernames(ctx, asked)
		if err != nil {
			return err
		}
		for _, name := range found {
			taken[name] = true
		}
		free := true
		for i := range b.created {
			free = free && !taken[b.created[i].username]
		}
		if free {
			return nil
		}
		b.nameAccounts(taken)
	}
}

// usernames returns those of the names that accounts have.
func (b *peopleBatch) usernames(ctx context.Context, names []string) (found []string, err error) {
	rows := valuesOf("v", names).text("username", func(name *string) string { return *name }).values
	err = b.idb(ctx).NewRaw("SELECT DISTINCT p.username FROM ? JOIN thirdapp_people AS p ON p.username = v.username", rows).
		Scan(ctx, &found)
	return found, err
}
