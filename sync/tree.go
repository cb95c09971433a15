package sync

import (
	"github.com/thirdapp/thirdapp/provider"
)

// treeDepartment is a department with the parent it has in the plan.
type treeDepartment struct {
	StagedDepartment
	// note says why the parent is not the one that was read.
	note provider.Text
}

// levelsOf orders departments by their depth, the topmost first. Nobody is
// lost: a department whose parent is not among them stands at the top, and a
// ring of departments is cut at one of them.
func levelsOf(list []StagedDepartment) [][]treeDepartment {
	t := tree{byID: make(map[provider.DepartmentID]*treeNode, len(list))}
	for _, d := range list {
		t.byID[d.ID] = &treeNode{treeDepartment: treeDepartment{StagedDepartment: d}}
	}
	var levels [][]treeDepartment
	for _, d := range list {
		n := t.byID[d.ID]
		t.settle(n)
	}
	for _, d := range list {
		n := t.byID[d.ID]
		for len(levels) < n.depth {
			levels = append(levels, nil)
		}
		levels[n.depth-1] = append(levels[n.depth-1], n.treeDepartment)
	}
	return levels
}

type tree struct {
	byID map[provider.DepartmentID]*treeNode
}

type treeNode struct {
	treeDepartment
	// depth is 1 at the top, 0 as long as it is not known.
	depth int
	// visiting is true while the way up from here is being walked.
	visiting bool
}

// settle finds a department's depth by walking up until one whose depth is
// known; it does not recurse, since a broken directory may be any depth.
func (t *tree) settle(n *treeNode) {
	var way []*treeNode
	for n.depth == 0 {
		n.visiting = true
		way = append(way, n)
		parent := t.byID[n.ParentID]
		switch {
		case n.ParentID == "":
			n.depth = 1
		case parent == nil:
			n.depth = 1
			n.moveToTop("上级部门不在可见范围内，已放在顶层", "its parent is not in sight; it was put at the top")
		case parent.visiting:
			parent.depth = 1
			parent.moveToTop("上级部门形成循环，已放在顶层", "its parents form a ring; it was put at the top")
		}
		if n.depth == 0 {
			n = parent
		}
	}
	for i := len(way) - 1; i >= 0; i-- {
		if m := way[i]; m.depth == 0 {
			m.depth = t.byID[m.ParentID].depth + 1
		}
		way[i].visiting = false
	}
}

func (n *treeNode) moveToTop(zh, en string) {
	n.ParentID = ""
	n.note = provider.Text{ZH: zh, EN: en}
}
