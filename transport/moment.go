package transport

import (
	"fmt"
	"net/url"
	"time"
)

// timeOf reads an optional time.
func timeOf(field string, s *string) (time.Time, error) {
	if s == nil {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, *s)
	if err != nil {
		return time.Time{}, invalid(field, fmt.Sprintf("字段%s取值%q无效，须为RFC 3339时间，例如2026-01-02T15:04:05+08:00", field, shown(*s)),
			fmt.Sprintf("field %s %q: want a time in RFC 3339, such as 2026-01-02T15:04:05+08:00", field, shown(*s)))
	}
	return t, nil
}

// span reads two parameters between whose times something is, the zero time
// where there is none. When they are the wrong way round there is nothing
// between them, which nobody means.
func span(query url.Values, from, to string) (begin, end time.Time, err error) {
	if begin, err = timeParam(query, from); err != nil {
		return begin, end, err
	}
	end, err = timeParam(query, to)
	if err == nil && !end.IsZero() && !begin.Before(end) {
		err = invalid(to, fmt.Sprintf("参数%s（%s）须晚于%s（%s）", to, query.Get(to), from, query.Get(from)),
			fmt.Sprintf("%s %s must be later than %s %s", to, query.Get(to), from, query.Get(from)))
	}
	return begin, end, err
}

func timeParam(query url.Values, name string) (time.Time, error) {
	value, err := param(query, name)
	if err != nil || value == "" {
		return time.Time{}, err
	}
	return timeOf(name, &value)
}
