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
	bound      []Recipient
	unbound    []Unbound
	duplicates []string
	// repeated are those of the duplicates.
	repeated []Recipient
	seen     map[string]bool
}

func newRoster(size int) *roster { return &roster{seen: make(map[string]bool, size)} }

// resolve finds out who the recipients that are named one by one are at the
// office app.
func (s *Service) resolve(ctx context.Context, t tenant.ID, at channel, to Recipients) (*roster, error) {
	ro := newRoster(to.count())
	if len(to.Usernames) > 0 {
		found, err := s.lookups.byUsername(ctx, organisation{t, at.kind, at.orgID}, to.Usernames, s.store.Joined(ctx))
		if err != nil {
			return nil, fmt.Errorf("accounts by username: %w", err)
		}
		ro.addUsers(to.Usernames, found,
			func(a Account) string { return a.Username },
			func(name string) Recipient { return Recipient{Username: name} })
	}
	if len(to.UserIDs) > 0 {
		found, err := s.accounts.ByUserID(ctx, t, at.kind, at.orgID, to.UserIDs)
		if err != nil {
			return nil, fmt.Errorf("accounts by user id: %w", err)
		}
		ro.addUsers(to.UserIDs, found,
			func(a Account) string { return a.UserID },
			func(id string) Recipient { return Recipient{UserID: id} })
	}
	if len(to.ProviderUserIDs) > 0 {
		found, err := s.accounts.ByProviderUserID(ctx, t, at.kind, at.orgID, to.ProviderUserIDs)
		if err != nil {
			return nil, fmt.Errorf("accounts by provider user id: %w", err)
		}
		ro.addPeople(to.ProviderUserIDs, found)
	}
	for _, id := range to.ConversationIDs {
		ro.addBound(Recipient{ProviderUserID: provider.UserID(id)}, string(id))
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
		if a, ok := by[name]; ok {
			ro.addAccount(a, name)
		} else {
			ro.addUnbound(unknown(name), unknownUser, name)
		}
	}
}

// addAccount adds a user, who was named by name.
func (ro *roster) addAccount(a Account, name string) {
	r := Recipient{Username: a.Username, UserID: a.UserID, ProviderUserID: a.ProviderUserID}
	if f, out := a.outOfReach(); out {
		r.ProviderUserID = ""
		ro.addUnbound(r, f, name)
		return
	}
	ro.addBound(r, name)
}

// outOfReach tells why a user cannot be sent anything, if so.
func (a Account) outOfReach() (Failure, bool) {
	switch {
	case a.Status == AccountSuspended:
		return suspendedUser, true
	case a.Status == AccountLeft:
		return formerUser, true
	case a.ProviderUserID == "":
		return notBound, true
	}
	return Failure{}, false
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
		ro.addAccount(a, string(id))
	}
}

func (ro *roster) addBound(r Recipient, name string) {
	if ro.first("p:"+string(r.ProviderUserID), name, r) {
		ro.bound = append(ro.bound, r)
	}
}

func (ro *roster) addUnbound(r Recipient, f Failure, name string) {
	key := "u:" + r.UserID
	if r.UserID == "" {
		key = "n:" + r.Username
	}
	if ro.first(key, name, r) {
		ro.unbound = append(ro.unbound, Unbound{Recipient: r, Failure: f})
	}
}

// first reports whether a recipient is new, and notes one who is not.
func (ro *roster) first(key, name string, r Recipient) bool {
	if ro.seen[key] {
		ro.duplicates = append(ro.duplicates, name)
		ro.repeated = append(ro.repeated, r)
		return false
	}
	ro.seen[key] = true
	return true
}

// without takes out those who are known already.
func (ro *roster) without(known []provider.UserID) {
	if len(known) == 0 {
		return
	}
	in := make(map[provider.UserID]bool, len(known))
	for _, id := range known {
		in[id] = true
	}
	ro.bound = slices.DeleteFunc(ro.bound, func(r Recipient) bool { return in[r.ProviderUserID] })
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

var suspendedUser = Failure{ //nolint:gochecknoglobals // constant
	Code: provider.FailedPrecondition, Reason: ReasonSuspended,
	Message: provider.Text{ZH: "该用户在本租户中已被停用", EN: "the user is suspended in this tenant"},
	Remedy:  provider.Text{ZH: "如需发送，请先恢复该用户", EN: "restore the user before sending to them"},
}

var formerUser = Failure{ //nolint:gochecknoglobals // constant
	Code: provider.NotFound, Reason: ReasonLeft,
	Message: provider.Text{ZH: "该用户已离开本租户", EN: "the user has left this tenant"},
	Remedy:  provider.Text{ZH: "从接收人中移除该用户", EN: "take the user out of the recipients"},
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
