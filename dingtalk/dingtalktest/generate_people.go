package dingtalktest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// crowd holds what the people of one company are made from.
type crowd struct {
	names   nameSource
	numbers mobileSource
	texts   arena
	places  []Membership
	order   permutation
	ids     permutation
	unions  permutation
	parents []int32 // parent of each department, by index

	sameName   lenders
	sameMobile lenders
	noMobile   trait
	noEmail    trait
	inactive   trait
	extended   trait
}

func (g *generator) newCrowd() *crowd {
	n := g.spec.People
	noMobile := g.trait("mobile", n, portion(g.spec.NoMobile, n))
	c := &crowd{
		names:      newNameSource(g.spec.Seed),
		numbers:    newMobileSource(g.spec.Seed),
		places:     make([]Membership, 0, n+portion(g.spec.InTwoDepartments, n)),
		order:      newPermutation(1<<40, g.spec.Seed, "order"),
		ids:        newPermutation(1e12, g.spec.Seed, "user"),
		unions:     newPermutation(1<<62, g.spec.Seed, "union"),
		sameName:   newLenders(g.trait("name", n, 0).order, 0, n, g.spec.DuplicateNames),
		sameMobile: newLenders(noMobile.order, noMobile.count, n, g.spec.DuplicateMobiles),
		noMobile:   noMobile,
		noEmail:    g.trait("email", n, portion(g.spec.NoEmail, n)),
		inactive:   g.trait("inactive", n, portion(g.spec.Inactive, n)),
		extended:   g.trait("extension", n, portion(g.spec.WithExtension, n)),
	}
	index := make(map[int64]int32, len(g.departments))
	c.parents = make([]int32, len(g.departments))
	for i, d := range g.departments {
		index[d.ID] = int32(i)
		c.parents[i] = index[d.ParentID] // parents stand before children
	}
	return c
}

// makePeople fills in everybody, and the managers of departments.
func (g *generator) makePeople() {
	c := g.newCrowd()
	g.people = make([]Person, g.spec.People)
	for i := range g.people {
		g.people[i].UserID = c.userID(i)
	}
	for i := range g.people {
		g.makePerson(c, i)
	}
	for d, leader := range g.leaderOf {
		if leader != nobody {
			g.departments[d].ManagerUserIDs = []string{g.people[leader].UserID}
		}
	}
}

func (g *generator) makePerson(c *crowd, i int) {
	p := &g.people[i]
	rank := uint64(i)
	p.UnionID = c.unionID(rank)
	p.JobNumber = c.texts.keep(fmt.Appendf(c.texts.scratch(), "%06d", i+1))
	name := c.names.at(c.sameName.resolve(rank))
	p.Name = c.texts.keep(name.appendSigns(c.texts.scratch()))
	if !c.noMobile.has(i) {
		p.Mobile = c.texts.keep(c.numbers.append(c.texts.scratch(), c.sameMobile.resolve(rank)))
	}
	if !c.noEmail.has(i) {
		p.Email = c.texts.keep(g.appendEmail(name.appendLetters(c.texts.scratch()), i))
	}
	p.Inactive = c.inactive.has(i)
	p.Admin, p.Boss = i == 0, i == 0
	p.HiredDate = g.hiredDate()
	if c.extended.has(i) {
		p.Extension = g.extension()
	}
	leads := g.leaderOf[g.primary[i]] == int32(i)
	p.Title = g.title(i, leads)
	p.ManagerUserID = g.managerOf(c, i)

	start := len(c.places)
	c.places = append(c.places, g.membership(g.primary[i], leads, c.order.at(rank)))
	if g.second[i] != nobody {
		c.places = append(c.places, g.membership(g.second[i], false, c.order.at(rank+uint64(g.spec.People))))
	}
	p.Memberships = c.places[start:len(c.places):len(c.places)]
}

func (g *generator) membership(department int32, leads bool, order uint64) Membership {
	return Membership{
		DepartmentID: g.departments[department].ID,
		Leader:       leads,
		Order:        int64(order),
	}
}

// userID looks like what DingTalk makes up: long digits, and a special name for
// who founded the company.
func (c *crowd) userID(i int) string {
	n := c.ids.at(uint64(i))
	if i == 0 {
		return "manager" + strconv.FormatUint(n%10_000, 10)
	}
	return c.texts.keep(fmt.Appendf(c.texts.scratch(), "013856%012d", n))
}

func (c *crowd) unionID(i uint64) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := c.texts.scratch()
	for n, k := c.unions.at(i), 0; k < 11; k++ {
		b = append(b, alphabet[n%62])
		n /= 62
	}
	return c.texts.keep(append(b, "iE0iiSiE"...))
}

func (g *generator) appendEmail(b []byte, i int) []byte {
	b = strconv.AppendInt(b, int64(i+1), 10)
	b = append(b, '@')
	b = append(b, g.word.letters...)
	return append(b, ".example.com"...)
}

// hiredDate is a day from 2008 to 2025, as DingTalk tells days: midnight in
// China.
func (g *generator) hiredDate() time.Time {
	const day = 24 * 60 * 60
	const first, last = 13_879, 20_453 // days since 1970
	days := first + g.rng.Int64N(last-first)
	return time.Unix(days*day-8*60*60, 0).UTC()
}

func (g *generator) extension() map[string]string {
	return map[string]string{"爱好": pick(g.rng.IntN, hobbies), "办公地点": pick(g.rng.IntN, workPlaces)}
}

func pick(intN func(int) int, list string) string {
	words := strings.Fields(list)
	return words[intN(len(words))]
}

func (g *generator) title(i int, leads bool) string {
	b := g.branches[g.primary[i]]
	switch {
	case i == 0:
		return "总经理"
	case b.line == nil:
		return "员工"
	case leads && b.depth == 1:
		return "总监"
	case leads && b.depth == 2:
		return "部门经理"
	case leads:
		return "主管"
	default:
		return b.line.titles[g.rng.IntN(len(b.line.titles))]
	}
}

// managerOf is the leader of the nearest department upward who is somebody
// else; in the end the first person.
func (g *generator) managerOf(c *crowd, i int) string {
	if i == 0 {
		return ""
	}
	for d := g.primary[i]; d != 0; d = c.parents[d] {
		if leader := g.leaderOf[d]; leader != nobody && int(leader) != i {
			return g.people[leader].UserID
		}
	}
	return g.people[0].UserID
}

// lenders lets some people have what belongs to somebody else. In an order of
// all people, those before skip have nothing, the next few borrow, and the rest
// lend.
type lenders struct {
	order     permutation
	skip      uint64
	borrowers uint64
	rest      uint64
}

func newLenders(order permutation, skip uint64, n, borrowers int) lenders {
	all := uint64(n) - skip
	l := lenders{order: order, skip: skip}
	if all > 1 {
		l.borrowers = min(uint64(borrowers), all-1)
		l.rest = all - l.borrowers
	}
	return l
}

// resolve returns whose things a person has.
func (l lenders) resolve(i uint64) uint64 {
	at := l.order.at(i)
	if at < l.skip || at >= l.skip+l.borrowers {
		return i
	}
	return l.order.find(l.skip + l.borrowers + (at-l.skip)%l.rest)
}

// arena keeps many small texts in few big pieces of memory.
type arena struct {
	b   strings.Builder
	tmp [96]byte
}

const arenaPiece = 1 << 16

// scratch returns a buffer for the next text.
func (a *arena) scratch() []byte { return a.tmp[:0] }

func (a *arena) keep(text []byte) string {
	if a.b.Cap()-a.b.Len() < len(text) {
		a.b = strings.Builder{}
		a.b.Grow(arenaPiece)
	}
	start := a.b.Len()
	a.b.Write(text)
	return a.b.String()[start:]
}
