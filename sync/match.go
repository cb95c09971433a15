package sync

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// MatchBy is what people without a binding are recognised by.
type MatchBy string

// What people are recognised by.
const (
	// MatchMobile: the mobile number that the office app has verified.
	MatchMobile MatchBy = "mobile"
	// MatchEmail and MatchJobNumber: what the company has entered. They find
	// only accounts that are members of the tenant already, so that one
	// company cannot lay claim to the accounts of another.
	MatchEmail     MatchBy = "email"
	MatchJobNumber MatchBy = "jobNumber"
	// MatchBinding and MatchUnionID are how a preview says that somebody is
	// bound, by user id or by union id; no rule has them.
	MatchBinding MatchBy = "binding"
	MatchUnionID MatchBy = "unionId"
)

// of returns the value a person is recognised by.
func (by MatchBy) of(p *StagedPerson) string {
	if by == MatchEmail {
		return lower(p.Email)
	}
	return p.field(PersonField(by))
}

// lower returns a text with the letters A to Z in lower case, which every
// database agrees on.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// checkMatching adds the faults of a matching order.
func (f *ruleFaults) checkMatching(order []MatchBy) {
	known := []MatchBy{MatchMobile, MatchEmail, MatchJobNumber}
	if n := len(order); n > len(known) {
		f.add("matching", fmt.Sprintf("当前%d项，最多%d项", n, len(known)), fmt.Sprintf("%d entries; at most %d", n, len(known)))
		order = order[:len(known)]
	}
	for i, by := range order {
		oneOf(f, "matching", by, known...)
		if slices.Contains(order[:i], by) {
			f.add("matching", string(by)+"重复", string(by)+" is there twice")
		}
	}
	if !slices.Contains(order, MatchMobile) {
		f.add("matching", "须包含mobile：手机号在平台上唯一", "mobile must be there: no two accounts of the platform share a mobile number")
	}
}

// find fills in the accounts of people who have no binding: those found by the
// first rule, of the rest those found by the second, and so on. A value that
// several people have finds nobody.
func (m *matching) find(ctx context.Context, w *worker, changed []ChangedPerson) error {
	for _, by := range w.claim.Run.Rules.Matching {
		shared, err := w.sharedValues(ctx, by)
		if err != nil {
			return err
		}
		candidates := m.candidates(by, shared, changed)
		if len(candidates) == 0 {
			continue
		}
		found, err := w.members.Match(ctx, w.claim.Run.Directory(), by, candidates)
		if err != nil {
			return fmt.Errorf("match by %s: %w", by, err)
		}
		for _, f := range found {
			m.matches[f.RemoteID], m.by[f.RemoteID] = f, by
		}
	}
	return nil
}

// candidates returns those who are still to be recognised.
func (m *matching) candidates(by MatchBy, shared sharedValues, changed []ChangedPerson) []Candidate {
	var list []Candidate
	for i := range changed {
		p := &changed[i]
		value := by.of(&p.Person)
		_, matched := m.matches[p.Person.ID]
		if _, several := shared[value]; p.BoundTo == "" && value != "" && !matched && !several {
			list = append(list, Candidate{RemoteID: p.Person.ID, Value: value})
		}
	}
	return list
}

// recognisedBy tells what a person was recognised by, "" for nothing.
func (m *matching) recognisedBy(p *ChangedPerson) MatchBy {
	switch {
	case p.BoundTo == "":
		return m.by[p.Person.ID]
	case p.Holder.UserID == p.Person.ID:
		return MatchBinding
	}
	return MatchUnionID
}

// sharedValues are values that several of the people read have, each with two
// of them.
type sharedValues map[string][2]provider.UserID

// sharedValues returns the values, read once for each slice.
func (w *worker) sharedValues(ctx context.Context, by MatchBy) (sharedValues, error) {
	if known, ok := w.shared[by]; ok {
		return known, nil
	}
	shared, err := w.store.SharedValues(ctx, w.claim, by)
	if err != nil {
		return nil, err
	}
	if w.shared == nil {
		w.shared = make(map[MatchBy]sharedValues)
	}
	w.shared[by] = shared
	return shared, nil
}
