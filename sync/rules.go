package sync

import "github.com/thirdapp/thirdapp/provider"

// Rules say how a tenant's directory is brought to the platform. A run keeps
// those it was started with to its end, also while it waits for approval.
type Rules struct {
	// Scope is which part of the directory comes to the platform.
	Scope ScopeRules `json:"scope"`
	// Guard bounds what a run may remove without approval.
	Guard Guard `json:"guard"`
	// InitialPassword is the password of accounts that a pull creates.
	InitialPassword PasswordPolicy `json:"initialPassword"`
	// Existing is about people whose account was there before.
	Existing ExistingRules `json:"existing"`
}

// ExistingRules are about people who have an account on the platform that no
// pull of the tenant has created.
type ExistingRules struct {
	// Join is how they become members of the tenant, unless they are.
	Join JoinState `json:"join"`
}

// RulesChange is a change of rules; what is nil stays as it is.
type RulesChange struct {
	Scope           *ScopeRules     `json:"scope"`
	Guard           *Guard          `json:"guard"`
	InitialPassword *PasswordPolicy `json:"initialPassword"`
	Existing        *ExistingRules  `json:"existing"`
}

// applied returns the rules after the change.
func (c RulesChange) applied(r Rules) Rules {
	set(&r.Scope, c.Scope)
	set(&r.Guard, c.Guard)
	set(&r.InitialPassword, c.InitialPassword)
	set(&r.Existing, c.Existing)
	return r
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// defaultRules are those of a tenant that has not saved any.
func (c Config) defaultRules() Rules {
	r := Rules{Guard: c.Guard, InitialPassword: c.InitialPassword, Existing: ExistingRules{Join: c.JoinExisting}}
	return r.normal()
}

// completed returns rules in which what is missing has its default: those that
// an earlier version of this module has stored lack what it did not know.
func (c Config) completed(r Rules) Rules {
	d := c.defaultRules()
	def(&r.Guard.People, d.Guard.People)
	def(&r.Guard.Percent, d.Guard.Percent)
	def(&r.InitialPassword, d.InitialPassword)
	def(&r.Existing.Join, d.Existing.Join)
	return r.normal()
}

// normal returns rules that name no departments as empty lists, not as nil.
func (r Rules) normal() Rules {
	if r.Scope.Include == nil {
		r.Scope.Include = []provider.DepartmentID{}
	}
	if r.Scope.Exclude == nil {
		r.Scope.Exclude = []provider.DepartmentID{}
	}
	return r
}
