package sync

import "github.com/thirdapp/thirdapp/provider"

// ScopeRule is the rule by which a department comes to the platform, or does
// not.
type ScopeRule string

// The rules.
const (
	// ScopeAll: everything comes that the app may see.
	ScopeAll ScopeRule = "all"
	// ScopeInclude: ScopeRules.Include names it or one above it.
	ScopeInclude ScopeRule = "include"
	// ScopeExclude: ScopeRules.Exclude names it or one above it.
	ScopeExclude ScopeRule = "exclude"
	// ScopeNotIncluded: ScopeRules.Include names others only.
	ScopeNotIncluded ScopeRule = "notIncluded"
	// ScopeInvisible: the app may not see it.
	ScopeInvisible ScopeRule = "invisible"
)

// judgement are the verdicts along a way down to a department, with the rule
// that has decided in the end and the department that fell under it.
type judgement struct {
	verdicts []verdict
	rule     ScopeRule
	by       provider.DepartmentID
}

// last is the verdict on the department at the end of the way.
func (j judgement) last() verdict {
	if len(j.verdicts) == 0 {
		return outOfScope
	}
	return j.verdicts[len(j.verdicts)-1]
}

// along judges the departments of a way, which begins with a topmost one that
// the app may see; no way is a department that it may not see.
func (r ScopeRules) along(way []provider.Department) judgement {
	j := judgement{rule: ScopeInvisible}
	above := passed
	for _, d := range way {
		v := r.of(d.ID, above)
		if v != above && v != inScope { // which is atTop, one further down
			j.by = d.ID
		}
		j.verdicts, above = append(j.verdicts, v), v
	}
	switch {
	case len(way) == 0:
	case j.last() == outOfScope:
		j.rule = ScopeExclude
	case j.last() == passed:
		j.rule = ScopeNotIncluded
	case len(r.Include) == 0:
		j.rule = ScopeAll
	default:
		j.rule = ScopeInclude
	}
	return j
}
