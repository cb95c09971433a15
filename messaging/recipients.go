package messaging

import (
	"context"
	"fmt"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// roster collects recipients, each once however often they are named.
type roster struct {
	bound   []Recipient
	unbound []Unbound
	seen    map[string]bool
}

// resolve finds out who the recipients are at the office app.
func (s *Service) resolve(ctx context.Context, app tenant.App, to Recipients) (*roster, error) {
	ro := &roster{seen: make(map[string]bool, to.count())}
	if len(to.Usernames) > 0 {
		found, err := s.accounts.ByUsername(ctx, app.Tenant, app.Provider, app.OrgID(), to.Usernames)
		if err != nil {
			return nil, fmt.Errorf("accounts by username: %w", err)
		}
		ro.addUsers(to.Usernames, found,
			func(a Account) string { return a.Username },
			func(name string) Recipient { return Recipient{Username: name} })
	}
	if len(to.UserIDs) > 0 {
		found, err := s.accounts.ByUserID(ctx, app.Tenant, app.Provider, app.OrgID(), to.UserIDs)
		if err != nil {
			return nil, fmt.Errorf("accounts by user id: %w", err)
		}
		ro.addUsers(to.UserIDs, found,
			func(a Account) string { return a.UserID },
			func(id string) Recipient { return Recipient{UserID: id} })
	}
	if len(to.ProviderUserIDs) > 0 {
		found, err := s.accounts.ByProviderUserID(ctx, app.Tenant, app.Provider, app.OrgID(), to.ProviderUserIDs)
		if err != nil {
			return nil, fmt.Errorf("accounts by provider user id: %w", err)
		}
		ro.addPeople(to.ProviderUserIDs, found)
	}
	return ro, nil
}

// addUsers adds the platform's users that were asked for, in that order.
func (ro *roster) addUsers(
	asked []string, found []Account, key func(Account) string, unknown func(string) Recipient,
) {
	by := make(map[string]Account, len(found))
	for _, a := range found {
		by[key(a)] = a
	}
	for _, name := range asked {
		a, ok := by[name]
		switch {
		case !ok:
			ro.addUnbound(unknown(name), unknownUser)
		case a.ProviderUserID == "":
			ro.addUnbound(Recipient{Username: a.Username, UserID: a.UserID}, notBound)
		default:
			ro.addBound(a)
		}
	}
}

// addPeople adds people of the office app, with their account if they have one.
func (ro *roster) addPeople(asked []provider.UserID, found []Account) {
	by := make(map[provider.UserID]Account, len(found))
	for _, a := range found {
		by[a.ProviderUserID] = a
	}
	for _, id := range asked {
		a := by[id]
		a.ProviderUserID = id
		ro.addBound(a)
	}
}

func (ro *roster) addBound(a Account) {
	if ro.first("p:" + string(a.ProviderUserID)) {
		ro.bound = append(ro.bound, Recipient{Username: a.Username, UserID: a.UserID, ProviderUserID: a.ProviderUserID})
	}
}

func (ro *roster) addUnbound(r Recipient, f Failure) {
	key := "u:" + r.UserID
	if r.UserID == "" {
		key = "n:" + r.Username
	}
	if ro.first(key) {
		ro.unbound = append(ro.unbound, Unbound{Recipient: r, Failure: f})
	}
}

func (ro *roster) first(key string) bool {
	if ro.seen[key] {
		return false
	}
	ro.seen[key] = true
	return true
}

// batches splits the bound recipients by what the office app takes in one call;
// 0 is no limit.
func (ro *roster) batches(size int) [][]Recipient {
	if len(ro.bound) == 0 {
		return nil
	}
	if size <= 0 {
		return [][]Recipient{ro.bound}
	}
	return slices.Collect(slices.Chunk(ro.bound, size))
}

var unknownUser = Failure{ //nolint:gochecknoglobals // constant
	Code: provider.NotFound, Reason: ReasonUnknownUser,
	Message: provider.Text{
		ZH: "该租户下没有此在职用户", EN: "no active member of the tenant has this name or id",
	},
	Remedy: provider.Text{
		ZH: "检查用户名，或先将该用户加入租户", EN: "check the name, or add the user to the tenant",
	},
}

var notBound = Failure{ //nolint:gochecknoglobals // constant
	Code: provider.FailedPrecondition, Reason: ReasonNotBound,
	Message: provider.Text{
		ZH: "用户未绑定该应用的账号", EN: "the user is not bound to a person of the office app",
	},
	Remedy: provider.Text{
		ZH: "同步通讯录，或由用户登录一次以完成绑定", EN: "synchronise the directory, or have the user sign in once to bind the account",
	},
}
