package messaging

import (
	"cmp"
	"strings"
	"text/template"
)

// comparisons returns the functions that compare. Unlike those of package
// text/template they compare whole numbers with others, and nothing with
// anything.
func comparisons() template.FuncMap {
	ordered := func(holds func(order int) bool) func(a, b any) (bool, error) {
		return func(a, b any) (bool, error) {
			order, err := orderOf(a, b)
			return err == nil && holds(order), err
		}
	}
	return template.FuncMap{
		"eq": equalToAny,
		"ne": func(a, b any) (bool, error) {
			same, err := equal(a, b)
			return err == nil && !same, err
		},
		"lt": ordered(func(order int) bool { return order < 0 }),
		"le": ordered(func(order int) bool { return order <= 0 }),
		"gt": ordered(func(order int) bool { return order > 0 }),
		"ge": ordered(func(order int) bool { return order >= 0 }),
	}
}

// equalToAny is eq: whether a is one of the others.
func equalToAny(a any, others ...any) (bool, error) {
	for _, b := range others {
		if same, err := equal(a, b); same || err != nil {
			return same, err
		}
	}
	return false, nil
}

// equal compares scalars; those of different kinds are not equal.
func equal(a, b any) (bool, error) {
	for _, v := range []any{a, b} {
		if _, ok := plainText(v); !ok {
			return false, errKind("比较", "compared", v)
		}
	}
	if m, ok := numberOf(a); ok {
		n, ok := numberOf(b)
		return ok && m.compare(n) == 0, nil
	}
	return comparableOf(a) == comparableOf(b), nil
}

// comparableOf makes texts equal whatever they are escaped like.
func comparableOf(v any) any {
	if s, ok := v.(rawText); ok {
		return string(s)
	}
	return v
}

// orderOf compares two numbers, or two texts byte by byte.
func orderOf(a, b any) (int, error) {
	m, ok1 := numberOf(a)
	n, ok2 := numberOf(b)
	if ok1 && ok2 {
		return m.compare(n), nil
	}
	s, ok1 := comparableOf(a).(string)
	t, ok2 := comparableOf(b).(string)
	if ok1 && ok2 {
		return strings.Compare(s, t), nil
	}
	return 0, faultf("只能比较两个数字或两个文本", "only two numbers, or two texts, can be compared")
}

// compare returns -1, 0 or 1.
func (n number) compare(o number) int {
	if n.whole && o.whole {
		return cmp.Compare(n.integer, o.integer)
	}
	return cmp.Compare(n.float, o.float)
}
