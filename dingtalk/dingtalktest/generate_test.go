package dingtalktest_test

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func specs() *rapid.Generator[dingtalktest.Spec] {
	return rapid.Custom(func(t *rapid.T) dingtalktest.Spec {
		share := rapid.Float64Range(0, 1)
		people := rapid.IntRange(0, 300).Draw(t, "people")
		return dingtalktest.Spec{
			Seed:             rapid.Uint64().Draw(t, "seed"),
			People:           people,
			Departments:      rapid.IntRange(0, 120).Draw(t, "departments"),
			MaxDepth:         rapid.IntRange(0, 7).Draw(t, "depth"),
			NoMobile:         share.Draw(t, "no mobile"),
			NoEmail:          share.Draw(t, "no email"),
			Inactive:         share.Draw(t, "inactive"),
			InTwoDepartments: share.Draw(t, "two"),
			WithExtension:    share.Draw(t, "extension"),
			Leaders:          share.Draw(t, "leaders"),
			DuplicateMobiles: rapid.IntRange(0, 40).Draw(t, "mobiles"),
			DuplicateNames:   rapid.IntRange(0, 40).Draw(t, "names"),
		}
	})
}

var (
	mobileForm = regexp.MustCompile(`^1[3-9]\d{9}$`)
	emailForm  = regexp.MustCompile(`^[a-z]+\.[a-z]+\d+@[a-z]+\.example\.com$`)
)

func TestGenerateProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := specs().Draw(t, "spec")
		c := dingtalktest.Generate(s)
		if err := dingtalktest.New(dingtalktest.Options{}).AddCompany(c); err != nil {
			t.Fatalf("the emulator refuses it: %v", err)
		}
		if len(c.People) != s.People || len(c.Departments) != s.Departments+1 {
			t.Fatalf("%d people, %d departments", len(c.People), len(c.Departments))
		}
		checkTree(t, s, c)
		checkPeople(t, s, c)
	})
}

func checkTree(t *rapid.T, s dingtalktest.Spec, c dingtalktest.Company) {
	depth := map[int64]int{dingtalktest.RootID: 0}
	names := map[string]bool{}
	deepest := 0
	for _, d := range c.Departments[1:] {
		up, ok := depth[d.ParentID]
		if !ok {
			t.Fatalf("department %d stands before its parent %d", d.ID, d.ParentID)
		}
		depth[d.ID] = up + 1
		deepest = max(deepest, up+1)
		path := fmt.Sprint(d.ParentID, "/", d.Name)
		if names[path] {
			t.Fatalf("two departments %q below %d", d.Name, d.ParentID)
		}
		names[path] = true
		if n := utf8.RuneCountInString(d.Name); n == 0 || n > 64 || strings.ContainsAny(d.Name, "-,，") {
			t.Fatalf("department name %q", d.Name)
		}
	}
	limit := s.MaxDepth
	if limit == 0 {
		limit = 4
	}
	if want := min(limit, s.Departments); deepest != want {
		t.Fatalf("%d levels, want %d", deepest, want)
	}
}

func checkPeople(t *rapid.T, s dingtalktest.Spec, c dingtalktest.Company) {
	var noMobile, noEmail, inactive, two, extended int
	mobiles, names, userIDs, unionIDs, emails := tally{}, tally{}, tally{}, tally{}, tally{}
	led, staffed := map[int64]bool{}, map[int64]bool{}
	for _, p := range c.People {
		userIDs[p.UserID]++
		unionIDs[p.UnionID]++
		names[p.Name]++
		if n := utf8.RuneCountInString(p.Name); n < 2 || n > 4 {
			t.Fatalf("name %q", p.Name)
		}
		if p.Mobile == "" {
			noMobile++
		} else if mobiles[p.Mobile]++; !mobileForm.MatchString(p.Mobile) {
			t.Fatalf("mobile %q", p.Mobile)
		}
		if p.Email == "" {
			noEmail++
		} else if emails[p.Email]++; !emailForm.MatchString(p.Email) {
			t.Fatalf("email %q", p.Email)
		}
		inactive += btoi(p.Inactive)
		extended += btoi(len(p.Extension) > 0)
		two += btoi(len(p.Memberships) == 2)
		staffed[p.Memberships[0].DepartmentID] = true
		for _, m := range p.Memberships {
			if m.Leader && led[m.DepartmentID] {
				t.Fatalf("department %d has two leaders", m.DepartmentID)
			}
			led[m.DepartmentID] = led[m.DepartmentID] || m.Leader
		}
		if p.HiredDate.IsZero() || p.Title == "" || p.JobNumber == "" {
			t.Fatalf("incomplete: %+v", p)
		}
	}
	leaders := 0
	for _, is := range led {
		leaders += btoi(is)
	}
	portion := func(share float64, n int) int { return int(math.Round(share * float64(n))) }
	n := s.People
	wantTwo := portion(s.InTwoDepartments, n)
	if s.Departments == 0 {
		wantTwo = 0
	}
	for _, is := range []struct {
		what      string
		got, want int
	}{
		{"without mobile", noMobile, portion(s.NoMobile, n)},
		{"without email", noEmail, portion(s.NoEmail, n)},
		{"inactive", inactive, portion(s.Inactive, n)},
		{"in two departments", two, wantTwo},
		{"with extension", extended, portion(s.WithExtension, n)},
		{"leaders", leaders, portion(s.Leaders, len(staffed))},
		{"shared mobiles", mobiles.repeats(), min(s.DuplicateMobiles, max(0, n-noMobile-1))},
		{"shared names", names.repeats(), min(s.DuplicateNames, max(0, n-1))},
		{"shared user ids", userIDs.repeats(), 0},
		{"shared union ids", unionIDs.repeats(), 0},
		{"shared emails", emails.repeats(), 0},
	} {
		if is.got != is.want {
			t.Fatalf("%s: got %d, want %d", is.what, is.got, is.want)
		}
	}
}

// tally counts how often values occur.
type tally map[string]int

// repeats returns how many have a value that somebody before them has.
func (t tally) repeats() int {
	n := 0
	for _, count := range t {
		n += count - 1
	}
	return n
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestGenerateIsReproducible(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := specs().Draw(t, "spec")
		if !reflect.DeepEqual(dingtalktest.Generate(s), dingtalktest.Generate(s)) {
			t.Fatal("the same spec gave two companies")
		}
	})
}

func TestGenerateDiffersBySeed(t *testing.T) {
	t.Parallel()
	one, two := dingtalktest.Generate(dingtalktest.Realistic(1, 50, 5)), dingtalktest.Generate(dingtalktest.Realistic(2, 50, 5))
	if one.CorpID == two.CorpID || one.People[3].UserID == two.People[3].UserID || one.Departments[2].ID == two.Departments[2].ID {
		t.Error("two seeds share ids")
	}
	dingtalktest.NewServer(t, one, two)
}

func TestGenerateRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []dingtalktest.Spec{{People: -1}, {Leaders: 1.1}, {NoMobile: -0.1}, {NoEmail: math.NaN()}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v: no panic", s)
				}
			}()
			dingtalktest.Generate(s)
		}()
	}
}

func TestGenerateManyDistinct(t *testing.T) {
	t.Parallel()
	c := dingtalktest.Generate(dingtalktest.Spec{Seed: 1, People: 100_000, Departments: 1_000})
	names, mobiles := make(map[string]struct{}, len(c.People)), make(map[string]struct{}, len(c.People))
	for _, p := range c.People {
		names[p.Name] = struct{}{}
		mobiles[p.Mobile] = struct{}{}
	}
	same(t, "names", len(names), len(c.People))
	same(t, "mobiles", len(mobiles), len(c.People))
}
