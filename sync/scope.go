package sync

import (
	"slices"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// ScopeRules say which part of a directory comes to the platform. Departments
// always stand for everything below them. Somebody who is in several
// departments comes with those in scope; people whom the app may see one by
// one, in no department, are in scope unless Include names departments.
type ScopeRules struct {
	// Include are the departments that come; empty is all that the app may see.
	// One that cannot be found is a [ReadFailure]: the run removes nothing.
	Include []provider.DepartmentID `json:"include"`
	// Exclude are departments that do not come although they are below one
	// that does.
	Exclude []provider.DepartmentID `json:"exclude"`
}

// everything reports whether all comes that the app may see.
func (r ScopeRules) everything() bool { return len(r.Include) == 0 && len(r.Exclude) == 0 }

// verdict is what becomes of a department that is read.
type verdict int

const (
	// inScope: it comes, below its parent.
	inScope verdict = iota
	// atTop: it comes, its parent does not.
	atTop
	// passed: it does not come, but something below it may.
	passed
	// outOfScope: neither it nor what is below it comes.
	outOfScope
)

// comes reports whether the department comes to the platform.
func (v verdict) comes() bool { return v == inScope || v == atTop }

// of judges a department below one that was judged before; for the topmost
// departments that an app may see, that is passed.
func (r ScopeRules) of(id provider.DepartmentID, above verdict) verdict {
	switch {
	case above == outOfScope, slices.Contains(r.Exclude, id):
		return outOfScope
	case above == inScope, above == atTop:
		return inScope
	case len(r.Include) == 0, slices.Contains(r.Include, id):
		return atTop
	}
	return passed
}

// missing returns the departments to be included that were not found.
func (r ScopeRules) missing(found func(provider.DepartmentID) bool) []ReadFailure {
	var failures []ReadFailure
	for _, id := range r.Include {
		if !found(id) {
			failures = append(failures, ReadFailure{DepartmentID: id, Failure: *failureOf(errNoSuchDepartment())})
		}
	}
	return failures
}

func errNoSuchDepartment() *tenant.Error {
	return tenant.Refuse(provider.NotFound, "department_not_found",
		"同步规则scope.include中的部门不存在、已被排除或不在应用的可见范围内，请修改规则或授权范围",
		"the department that the rule scope.include names does not exist, is excluded or cannot be seen by the app;"+
			" change the rule, or what the app may see")
}

// maxScope bounds the departments named in a rule.
const maxScope = 1000

func (f *ruleFaults) checkScope(r ScopeRules) {
	r.Include, r.Exclude = f.bounded("scope.include", r.Include), f.bounded("scope.exclude", r.Exclude)
	for _, list := range []struct {
		field string
		ids   []provider.DepartmentID
	}{{"scope.include", r.Include}, {"scope.exclude", r.Exclude}} {
		for i, id := range list.ids {
			switch {
			case !usableID(string(id)):
				f.add(list.field, "部门ID为空、过长或含非法字符", "a department id is empty, too long, or not a text")
			case slices.Contains(list.ids[:i], id):
				f.add(list.field, "部门"+string(id)+"重复", "department "+string(id)+" is there twice")
			case list.field == "scope.exclude" && slices.Contains(r.Include, id):
				f.add(list.field, "部门"+string(id)+"同时在scope.include中", "department "+string(id)+" is in scope.include, too")
			}
		}
	}
}

// bounded adds a fault for more departments than there may be, and returns those
// to be looked at: each is compared with all others.
func (f *ruleFaults) bounded(field string, ids []provider.DepartmentID) []provider.DepartmentID {
	f.within(field, len(ids), 0, maxScope, false)
	return ids[:min(len(ids), maxScope)]
}
