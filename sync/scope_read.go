package sync

import "github.com/thirdapp/thirdapp/provider"

// judged are the departments of a page with what becomes of them.
func (r *reading) judged(p page) map[provider.DepartmentID]verdict {
	j := judge{
		rules: r.claim.Run.Rules.Scope, before: r.verdict, task: provider.DepartmentID(p.task.ID),
		of: make(map[provider.DepartmentID]verdict, len(p.departments)), unknown: passed,
	}
	if r.near != nil {
		j.unknown = inScope // an incremental run lists what is in scope
	}
	if p.subtree {
		j.parents = make(map[provider.DepartmentID]provider.DepartmentID, len(p.departments))
		for _, d := range p.departments {
			j.parents[d.ID] = d.ParentID
		}
	}
	for _, d := range p.departments {
		j.judge(d.ID)
	}
	return j.of
}

// verdict is what became of a department found earlier; false when it is not
// known. Those that come are known, also from earlier slices of the read.
func (r *reading) verdict(id provider.DepartmentID) (verdict, bool) {
	if r.known[id] {
		return inScope, true
	}
	v, ok := r.passed[id]
	return v, ok
}

// fromTheStart has listings of departments begin anew that an earlier slice
// did not finish: what became of those on earlier pages that do not come is
// not kept.
func (r ScopeRules) fromTheStart(tasks []Task) {
	if r.everything() {
		return
	}
	for i := range tasks {
		if tasks[i].Kind == TaskChildren {
			tasks[i].Cursor = ""
		}
	}
}

// judge judges the departments of one page.
type judge struct {
	rules ScopeRules
	// before tells the verdict on departments of earlier pages.
	before func(provider.DepartmentID) (verdict, bool)
	// task is the department that was asked for.
	task provider.DepartmentID
	// unknown is the verdict on the department that was asked for when an
	// earlier slice has found it.
	unknown verdict
	// parents are set when the page goes all the way down.
	parents map[provider.DepartmentID]provider.DepartmentID
	of      map[provider.DepartmentID]verdict
}

// judge walks up to a department that is judged already, or that is not on the
// page, and back down. A ring of departments is cut where it was entered.
func (j *judge) judge(id provider.DepartmentID) {
	var way []provider.DepartmentID
	onWay := make(map[provider.DepartmentID]bool)
	at := id
	for listed := true; listed && !onWay[at]; _, listed = j.parents[at] {
		if _, done := j.of[at]; done {
			break
		}
		onWay[at] = true
		way = append(way, at)
		at = j.parents[at]
	}
	above := j.above(at)
	for i := len(way) - 1; i >= 0; i-- {
		above = j.rules.of(way[i], above)
		j.of[way[i]] = above
	}
}

// above is the verdict on the department where the way up has ended: that of
// the department that was asked for, unless there is one on its own.
func (j *judge) above(id provider.DepartmentID) verdict {
	if v, ok := j.of[id]; ok {
		return v
	}
	if v, ok := j.before(id); ok {
		return v
	}
	if v, ok := j.before(j.task); ok {
		return v
	}
	return j.unknown
}
