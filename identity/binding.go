package identity

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Key names somebody at an office app.
type Key struct {
	Provider provider.Kind
	// OrgID is the organisation's id at the office app.
	OrgID          string
	ProviderUserID provider.UserID
}

// maxBindingID bounds the text of a Key, in bytes.
const maxBindingID = 1024

// ID returns the key as one opaque text for addresses.
func (k Key) ID() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join([]string{
		string(k.Provider), k.OrgID, string(k.ProviderUserID),
	}, "\x00")))
}

// ParseBindingID returns the key of an ID; ok is false when it is none.
func ParseBindingID(id string) (k Key, ok bool) {
	if len(id) > maxBindingID {
		return Key{}, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(id)
	parts := strings.Split(string(b), "\x00")
	if err != nil || len(parts) != 3 {
		return Key{}, false
	}
	return Key{provider.Kind(parts[0]), parts[1], provider.UserID(parts[2])}, true
}

// Binding says which account of the platform a member of an organisation has in
// a tenant. In one tenant and organisation a member has one account, and an
// account one member.
type Binding struct {
	Tenant tenant.ID
	Key
	// UnionID is empty when it is not known.
	UnionID provider.UnionID
	// UserID is the platform user's stable id.
	UserID string
	// Active is false for somebody who has left the organisation.
	Active bool
	Source Source
	// ProvedBy is the user who proved to be both, in a session that holds
	// everywhere; "" when nobody did.
	ProvedBy  string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Proved reports whether the person of the account has said so themselves.
func (b Binding) Proved() bool { return b.ProvedBy != "" && b.ProvedBy == b.UserID }

// provedBy reports whether the one who has said so is who comes in. A company
// can give the user id of somebody who left to another person, who has another
// union id.
func (b Binding) provedBy(union provider.UnionID) bool {
	return b.Proved() && (b.UnionID == "" || b.UnionID == union)
}

// Source is where a binding comes from.
type Source string

// The sources.
const (
	// SourceDirectory: a directory pull matched them.
	SourceDirectory Source = "directory"
	// SourceAdmin: an administrator of the tenant bound them.
	SourceAdmin Source = "admin"
	// SourceMobile: they have the same mobile number.
	SourceMobile Source = "mobile"
	// SourceCreated: the account was made for the member.
	SourceCreated Source = "created"
	// SourcePerson: they logged in at the office app while signed in.
	SourcePerson Source = "person"
)
