package dingtalktest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// Spec describes a company to generate. The same Spec gives the same company.
// Shares are 0 to 1; a share or count is met exactly, as far as there are enough
// people or departments.
type Spec struct {
	// Seed makes one company differ from another, in all its ids, too.
	Seed uint64
	// Name of the company; "" takes one that goes with the seed.
	Name string
	// People is how many people work there.
	People int
	// Departments is how many departments there are below the root.
	Departments int
	// MaxDepth is how many levels of departments there are below the root, if
	// there are as many departments; default 4.
	MaxDepth int

	// NoMobile, NoEmail, Inactive, InTwoDepartments and WithExtension are
	// shares of the people.
	NoMobile         float64
	NoEmail          float64
	Inactive         float64
	InTwoDepartments float64
	WithExtension    float64
	// Leaders is the share of the departments with people that have a leader.
	Leaders float64
	// DuplicateMobiles is how many people have the number of somebody else.
	DuplicateMobiles int
	// DuplicateNames is how many people have the name of somebody else. Beyond
	// about a million people names repeat anyway.
	DuplicateNames int
}

// Realistic returns a Spec with what every real company has: people in two
// departments, without a number, without a mail address, not active yet, a
// shared number and shared names.
func Realistic(seed uint64, people, departments int) Spec {
	return Spec{
		Seed: seed, People: people, Departments: departments,
		NoMobile: 0.02, NoEmail: 0.15, Inactive: 0.05,
		InTwoDepartments: 0.06, WithExtension: 0.05, Leaders: 0.9,
		DuplicateMobiles: people / 100, DuplicateNames: people / 50,
	}
}

const defaultMaxDepth = 4

// Generate makes a company with one app that may do everything. It panics on a
// negative number or a share above 1.
func Generate(s Spec) Company {
	if err := s.validate(); err != nil {
		panic(err)
	}
	if s.MaxDepth == 0 {
		s.MaxDepth = defaultMaxDepth
	}
	g := newGenerator(s)
	g.makeDepartments()
	g.assignPeople()
	g.appointLeaders()
	g.makePeople()
	return g.company()
}

func (s Spec) validate() error {
	for _, n := range []int{s.People, s.Departments, s.MaxDepth, s.DuplicateMobiles, s.DuplicateNames} {
		if n < 0 {
			return fmt.Errorf("%w: spec: negative number %d", ErrInvalid, n)
		}
	}
	for _, share := range []float64{s.NoMobile, s.NoEmail, s.Inactive, s.InTwoDepartments, s.WithExtension, s.Leaders} {
		if !(share >= 0 && share <= 1) {
			return fmt.Errorf("%w: spec: share %v; 0 to 1", ErrInvalid, share)
		}
	}
	return nil
}

// generator makes one company, step by step. Departments are counted from 0,
// the root.
type generator struct {
	spec Spec
	rng  *rand.Rand
	word syllable

	branches    []branch
	departments []Department
	primary     []int32 // department of each person
	second      []int32 // another department, or nobody
	leaderOf    []int32 // person who leads a department, or nobody
	people      []Person
}

// nobody stands for an absent index.
const nobody = -1

func newGenerator(s Spec) *generator {
	words := syllables(companyWords)
	return &generator{
		spec: s,
		rng:  rand.New(rand.NewPCG(s.Seed, 0xd1342543de82ef95)), //nolint:gosec // reproducible on purpose
		word: words[mix(s.Seed)%uint64(len(words))],
	}
}

// company puts the parts together.
func (g *generator) company() Company {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("company"), g.spec.Seed))
	tails := strings.Fields(companyTails)
	name := g.spec.Name
	if name == "" {
		name = g.word.signs + tails[int(sum[31])%len(tails)] + "有限公司"
	}
	g.departments[0].Name = name
	corpID := "ding" + hex.EncodeToString(sum[:16])
	return Company{
		CorpID: corpID, Name: name,
		Departments: g.departments, People: g.people,
		Apps: []App{defaultApp(corpID)},
	}
}

// trait tells which of n people or departments have some property: the first so
// many in an order of its own.
type trait struct {
	order permutation
	count uint64
}

func (g *generator) trait(name string, n, count int) trait {
	return trait{newPermutation(uint64(n), g.spec.Seed, name), uint64(min(n, count))}
}

func (t trait) has(i int) bool { return t.order.at(uint64(i)) < t.count }

func portion(share float64, n int) int { return int(math.Round(share * float64(n))) }
