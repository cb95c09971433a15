package dingtalktest

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// branch is a department while the tree is made.
type branch struct {
	depth    int
	children int
	// line is what the department is about, nil for the root.
	line *line
}

// firstDepartmentID makes department ids as long as real ones.
const firstDepartmentID = 100_000_000

// maxTopDepartments is how many departments a company has right below the root,
// if there are levels to put more on.
const maxTopDepartments = 16

// makeDepartments grows the tree: some departments below the root, one chain
// down to the deepest level, and the rest wherever there is a level left.
func (g *generator) makeDepartments() {
	g.branches = []branch{{}}
	g.departments = []Department{{ID: RootID, Name: "root"}}
	n, depth := g.spec.Departments, g.spec.MaxDepth
	top := n
	if depth > 1 {
		top = min(n, maxTopDepartments, int(math.Ceil(math.Sqrt(float64(n)))))
		top = max(min(top, n-depth+1), min(n, 1))
	}
	for range top {
		g.grow(0)
	}
	if n > top {
		for last := 1; g.branches[last].depth < depth && len(g.departments) <= n; {
			last = g.grow(last)
		}
	}
	var open []int // departments that may have more below them
	for i := 1; i < len(g.branches); i++ {
		if g.branches[i].depth < depth {
			open = append(open, i)
		}
	}
	for len(g.departments) <= n {
		child := g.grow(open[g.rng.IntN(len(open))])
		if g.branches[child].depth < depth {
			open = append(open, child)
		}
	}
}

// grow adds a department below another one and returns its index.
func (g *generator) grow(parent int) int {
	index := len(g.departments)
	up := &g.branches[parent]
	name, about := childOf(up, g.departments[parent].Name)
	up.children++
	ids := newPermutation(800_000_000, g.spec.Seed, "department")
	g.departments = append(g.departments, Department{
		ID:       firstDepartmentID + int64(ids.at(uint64(index))),
		ParentID: g.departments[parent].ID,
		Name:     name,
		Order:    int64(up.children),
	})
	g.branches = append(g.branches, branch{depth: up.depth + 1, line: about})
	return index
}

// childOf names the next department below one, unlike those before it.
func childOf(up *branch, name string) (string, *line) {
	n := up.children
	switch up.depth {
	case 0:
		about := &lines[n%len(lines)]
		if n < len(lines) {
			return about.name, about
		}
		return "第" + chineseNumber(n-len(lines)+1) + "事业部", about
	case 1:
		if n < len(up.line.parts) {
			return up.line.parts[n], up.line
		}
		return short(name) + chineseNumber(n+1) + "部", up.line
	case 2:
		if places := offices[name]; n < len(places) {
			return places[n], up.line
		}
		return short(name) + chineseNumber(n+1) + "组", up.line
	default:
		return chineseNumber(n+1) + "小组", up.line
	}
}

// short takes the kind of a department off its name.
func short(name string) string {
	for _, kind := range []string{"事业部", "办公室", "中心", "部"} {
		if s, ok := strings.CutSuffix(name, kind); ok {
			return s
		}
	}
	return name
}

// chineseNumber writes 1 to 99 in Chinese and the rest in digits.
func chineseNumber(n int) string {
	if n < 1 || n > 99 {
		return strconv.Itoa(n)
	}
	digits := strings.Fields("零 一 二 三 四 五 六 七 八 九")
	text := ""
	if n >= 20 {
		text = digits[n/10]
	}
	if n >= 10 {
		text += "十"
	}
	if n%10 > 0 {
		text += digits[n%10]
	}
	return text
}

// assignPeople gives everybody a department and some a second one. Departments
// are as uneven as in life; the first person heads the company.
func (g *generator) assignPeople() {
	g.primary = make([]int32, g.spec.People)
	g.second = slices.Repeat([]int32{nobody}, g.spec.People)
	if len(g.departments) == 1 {
		return
	}
	bounds := g.weights()
	twice := g.trait("two departments", g.spec.People, portion(g.spec.InTwoDepartments, g.spec.People))
	for i := range g.primary {
		if i > 0 {
			g.primary[i] = g.drawDepartment(bounds)
		}
		if twice.has(i) {
			g.second[i] = g.otherThan(g.primary[i], bounds)
		}
	}
}

// otherThan draws a department that differs from the first; the root only where
// there is no other.
func (g *generator) otherThan(first int32, bounds []int) int32 {
	if len(g.departments) == 2 && first != 0 {
		return 0
	}
	for {
		if d := g.drawDepartment(bounds); d != first {
			return d
		}
	}
}

// weights returns the upper bound of each department's part in the draw. The
// root has none.
func (g *generator) weights() []int {
	bounds := make([]int, len(g.branches))
	total := 0
	for i, b := range g.branches {
		switch {
		case i == 0:
		case b.children > 0:
			total += 1 + g.rng.IntN(3)
		default:
			total += 3 + g.rng.IntN(10)
		}
		bounds[i] = total
	}
	return bounds
}

func (g *generator) drawDepartment(bounds []int) int32 {
	at, _ := slices.BinarySearch(bounds, g.rng.IntN(bounds[len(bounds)-1])+1)
	return int32(at)
}

// appointLeaders makes the first person of a department its leader, in as many
// departments as asked for.
func (g *generator) appointLeaders() {
	g.leaderOf = slices.Repeat([]int32{nobody}, len(g.departments))
	var staffed []int32
	for i, d := range g.primary {
		if g.leaderOf[d] == nobody {
			g.leaderOf[d] = int32(i)
			staffed = append(staffed, d)
		}
	}
	led := g.trait("leaders", len(staffed), portion(g.spec.Leaders, len(staffed)))
	for i, d := range staffed {
		if !led.has(i) {
			g.leaderOf[d] = nobody
		}
	}
}
