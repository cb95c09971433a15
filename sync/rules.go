package sync

import "github.com/thirdapp/thirdapp/provider"

// Rules say how a tenant's directory is brought to the platform. A run keeps
// those it was started with to its end, also while it waits for approval.
type Rules struct {
	// Scope is which part of the directory comes to the platform.
	Scope ScopeRules `json:"scope"`
	// Mapping is what fills the fields of people.
	Mapping Mapping `json:"mapping"`
	// Ownership is whose value of a field counts.
	Ownership Ownership `json:"ownership"`
	// Matching is what people are recognised by who have no binding, in this
	// order; MatchMobile is among them.
	Matching []MatchBy `json:"matching"`
	// AccountName is the username of accounts that a pull creates.
	AccountName AccountName `json:"accountName"`
	// Guard bounds what a run may remove without approval.
	Guard Guard `json:"guard"`
	// GraceDays is how many days after it was first missed somebody is
	// suspended; 0 is at once. Meanwhile they are in no department.
	GraceDays int `json:"graceDays"`
	// InitialPassword is the password of accounts that a pull creates.
	InitialPassword PasswordPolicy `json:"initialPassword"`
	// Existing is about people whose account was there before.
	Existing ExistingRules `json:"existing"`
	// PushDeletes lets pushes that follow the platform ([Service.Changed])
	// remove at the office app what was removed on the platform.
	PushDeletes bool `json:"pushDeletes"`
}

// ExistingRules are about people who have an account on the platform that no
// pull of the tenant has created.
type ExistingRules struct {
	// Join is how they become members of the tenant, unless they are.
	Join JoinState `json:"join"`
	// Fields is whether their fields follow the directory, besides their
	// departments, which always do.
	Fields FieldPolicy `json:"fields"`
}

// FieldPolicy says what a pull does to the fields of somebody.
type FieldPolicy string

// The field policies.
const (
	// FieldsUpdate: they follow the directory; name and avatar are filled
	// where they are empty.
	FieldsUpdate FieldPolicy = "update"
	// FieldsKeep: they stay as they are.
	FieldsKeep FieldPolicy = "keep"
)

// RulesChange is a change of rules; what is nil stays as it is.
type RulesChange struct {
	Scope           *ScopeRules     `json:"scope"`
	Mapping         *Mapping        `json:"mapping"`
	Ownership       *Ownership      `json:"ownership"`
	Matching        *[]MatchBy      `json:"matching"`
	AccountName     *AccountName    `json:"accountName"`
	Guard           *Guard          `json:"guard"`
	GraceDays       *int            `json:"graceDays"`
	InitialPassword *PasswordPolicy `json:"initialPassword"`
	Existing        *ExistingRules  `json:"existing"`
	PushDeletes     *bool           `json:"pushDeletes"`
}

// applied returns the rules after the change.
func (c RulesChange) applied(r Rules) Rules {
	set(&r.Scope, c.Scope)
	set(&r.Mapping, c.Mapping)
	set(&r.Ownership, c.Ownership)
	set(&r.Matching, c.Matching)
	set(&r.AccountName, c.AccountName)
	set(&r.Guard, c.Guard)
	set(&r.GraceDays, c.GraceDays)
	set(&r.InitialPassword, c.InitialPassword)
	set(&r.Existing, c.Existing)
	set(&r.PushDeletes, c.PushDeletes)
	return r
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// defaultRules are those of a tenant that has not saved any.
func (c Config) defaultRules() Rules {
	r := Rules{
		Matching: []MatchBy{MatchMobile}, AccountName: AccountMobile, Guard: c.Guard,
		InitialPassword: c.InitialPassword, Existing: ExistingRules{Join: c.JoinExisting, Fields: FieldsUpdate},
	}
	return r.normal()
}

// completed returns rules in which what is missing has its default: those that
// an earlier version of this module has stored lack what it did not know.
func (c Config) completed(r Rules) Rules {
	d := c.defaultRules()
	def(&r.Guard.People, d.Guard.People)
	def(&r.Guard.Percent, d.Guard.Percent)
	def(&r.InitialPassword, d.InitialPassword)
	def(&r.AccountName, d.AccountName)
	if len(r.Matching) == 0 {
		r.Matching = d.Matching
	}
	def(&r.Existing, d.Existing)
	return r.normal()
}

// normal returns rules in which nothing is nil.
func (r Rules) normal() Rules {
	if r.Scope.Include == nil {
		r.Scope.Include = []provider.DepartmentID{}
	}
	if r.Scope.Exclude == nil {
		r.Scope.Exclude = []provider.DepartmentID{}
	}
	if r.Ownership == nil {
		r.Ownership = Ownership{}
	}
	if r.Mapping == nil {
		r.Mapping = Mapping{}
	}
	return r
}
