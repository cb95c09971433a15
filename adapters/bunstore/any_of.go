package bunstore

import (
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
)

// anyOf is the rest of a condition that a column is one of many texts, to be
// used for a "?" after the column. It is an array on PostgreSQL, which takes ten
// times as long to read an IN list, and an IN list on SQLite.
type anyOf[S ~string] []S

// oneOf is anyOf for a column that begins what is left of an index. PostgreSQL
// does not see how long the array is: it would rather read all of a table about
// which it has no statistics yet than look a thousand up.
type oneOf[S ~string] []S

var (
	_ schema.QueryAppender = anyOf[string]{}
	_ schema.QueryAppender = oneOf[string]{}
)

// AppendQuery implements schema.QueryAppender.
func (l anyOf[S]) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	return appendAny(gen, b, l, "= ANY ('{", "}'::text[])")
}

// AppendQuery implements schema.QueryAppender.
func (l oneOf[S]) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	return appendAny(gen, b, l, "= ANY ((SELECT '{", "}'::text[])::text[])")
}

// appendAny appends an IN list, or an array between what is around it on
// PostgreSQL.
func appendAny[S ~string](gen schema.QueryGen, b []byte, l []S, begin, end string) (_ []byte, err error) {
	inArray := gen.Dialect().Name() == dialect.PG
	if !inArray {
		begin, end = "IN (", ")"
	}
	b = append(b, begin...)
	for i, text := range l {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendText(b, string(text), inArray); err != nil {
			return nil, err
		}
	}
	return append(b, end...), nil
}
