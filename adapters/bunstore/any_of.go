package bunstore

import (
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
)

// anyOf is the rest of a condition that a column is one of many texts, to be
// used for a "?" after the column. It is an array on PostgreSQL, which takes ten
// times as long to read an IN list, and an IN list on SQLite.
type anyOf[S ~string] []S

var _ schema.QueryAppender = anyOf[string]{}

// AppendQuery implements schema.QueryAppender.
func (l anyOf[S]) AppendQuery(gen schema.QueryGen, b []byte) (_ []byte, err error) {
	begin, end, inArray := "IN (", ")", gen.Dialect().Name() == dialect.PG
	if inArray {
		begin, end = "= ANY ('{", "}'::text[])"
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
