package bunstore

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"
)

// values is a table literal of many rows, to be used for a "?" after FROM or
// JOIN. It is what bulk statements get their rows from: arrays on PostgreSQL,
// which parses them far faster than a VALUES list, and a VALUES list on SQLite.
// It has at least one row.
type values struct {
	alias string
	rows  int
	cols  []valueColumn
}

// valueColumn is a column of values; write appends the literal of one row's
// value, in an array or as a plain one, copied the field that COPY takes.
type valueColumn struct {
	name   string
	pgType string
	write  func(b []byte, row int, inArray bool) ([]byte, error)
	copied func(b []byte, row int) ([]byte, error)
}

var _ schema.QueryAppender = values{}

// valuesOf begins a table literal over the items of a slice.
func valuesOf[T any](alias string, items []T) valuesBuilder[T] {
	return valuesBuilder[T]{values{alias: alias, rows: len(items)}, items}
}

// valuesBuilder adds columns to a table literal.
type valuesBuilder[T any] struct {
	values
	items []T
}

func (v valuesBuilder[T]) text(name string, of func(*T) string) valuesBuilder[T] {
	v.cols = append(v.cols, valueColumn{
		name, "text",
		func(b []byte, row int, inArray bool) ([]byte, error) {
			return appendText(b, of(&v.items[row]), inArray)
		},
		func(b []byte, row int) ([]byte, error) { return appendCopiedText(b, of(&v.items[row])) },
	})
	return v
}

// nullable adds a column of texts that is NULL where there is none.
func (v valuesBuilder[T]) nullable(name string, of func(*T) string) valuesBuilder[T] {
	v.cols = append(v.cols, valueColumn{
		name, "text",
		func(b []byte, row int, inArray bool) ([]byte, error) {
			if text := of(&v.items[row]); text != "" {
				return appendText(b, text, inArray)
			}
			return append(b, "NULL"...), nil
		},
		func(b []byte, row int) ([]byte, error) {
			if text := of(&v.items[row]); text != "" {
				return appendCopiedText(b, text)
			}
			return append(b, copyNull...), nil
		},
	})
	return v
}

func (v valuesBuilder[T]) bigint(name string, of func(*T) int64) valuesBuilder[T] {
	v.cols = append(v.cols, valueColumn{
		name, "bigint",
		func(b []byte, row int, _ bool) ([]byte, error) {
			return strconv.AppendInt(b, of(&v.items[row]), 10), nil
		},
		func(b []byte, row int) ([]byte, error) { return appendCopiedBigint(b, of(&v.items[row])), nil },
	})
	return v
}

// integer adds a column of a type that COPY takes in four bytes.
func (v valuesBuilder[T]) integer(name string, of func(*T) int32) valuesBuilder[T] {
	v.cols = append(v.cols, valueColumn{
		name, "integer",
		func(b []byte, row int, _ bool) ([]byte, error) {
			return strconv.AppendInt(b, int64(of(&v.items[row])), 10), nil
		},
		func(b []byte, row int) ([]byte, error) { return appendCopiedInteger(b, of(&v.items[row])), nil },
	})
	return v
}

func (v valuesBuilder[T]) boolean(name string, of func(*T) bool) valuesBuilder[T] {
	v.cols = append(v.cols, valueColumn{
		name, "boolean",
		func(b []byte, row int, _ bool) ([]byte, error) { return strconv.AppendBool(b, of(&v.items[row])), nil },
		func(b []byte, row int) ([]byte, error) { return appendCopiedBool(b, of(&v.items[row])), nil },
	})
	return v
}

// AppendQuery implements schema.QueryAppender.
func (v values) AppendQuery(gen schema.QueryGen, b []byte) ([]byte, error) {
	if v.rows == 0 {
		return nil, errors.New("bunstore: table literal without rows")
	}
	b, err := v.grow(b)
	if err != nil {
		return nil, err
	}
	if gen.Dialect().Name() == dialect.PG {
		return v.appendArrays(b)
	}
	return v.appendList(b)
}

// grow makes room for all rows, by what the first one takes: a buffer that
// doubles until hundreds of kilobytes fit is most of what a bulk statement
// costs here.
func (v values) grow(b []byte) ([]byte, error) {
	before := len(b)
	for _, c := range v.cols {
		var err error
		if b, err = c.write(b, 0, true); err != nil {
			return nil, fmt.Errorf("column %s, row 0: %w", c.name, err)
		}
	}
	row := len(b) - before + 3*len(v.cols)
	return slices.Grow(b[:before], row*v.rows*5/4), nil
}

// appendArrays writes unnest('{…}'::text[], …) AS alias (name, …).
func (v values) appendArrays(b []byte) ([]byte, error) {
	var err error
	b = append(b, "unnest("...)
	for i, c := range v.cols {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, "'{"...)
		for row := range v.rows {
			if row > 0 {
				b = append(b, ',')
			}
			if b, err = c.write(b, row, true); err != nil {
				return nil, fmt.Errorf("column %s, row %d: %w", c.name, row, err)
			}
		}
		b = append(b, "}'::"...)
		b = append(b, c.pgType...)
		b = append(b, "[]"...)
	}
	b = append(b, ") AS "...)
	b = append(b, v.alias...)
	b = append(b, " ("...)
	for i, c := range v.cols {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, c.name...)
	}
	return append(b, ')'), nil
}

// appendList writes (SELECT column1 AS name, … FROM (VALUES (…), …)) AS alias.
func (v values) appendList(b []byte) ([]byte, error) {
	var err error
	b = append(b, "(SELECT "...)
	for i, c := range v.cols {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = fmt.Appendf(b, "column%d AS %s", i+1, c.name)
	}
	b = append(b, " FROM (VALUES "...)
	for row := range v.rows {
		if row > 0 {
			b = append(b, ',')
		}
		b = append(b, '(')
		for i, c := range v.cols {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = c.write(b, row, false); err != nil {
				return nil, fmt.Errorf("column %s, row %d: %w", c.name, row, err)
			}
		}
		b = append(b, ')')
	}
	b = append(b, ")) AS "...)
	return append(b, v.alias...), nil
}

// appendText writes a text literal, quoted as the element of an array literal
// or as a string. Both stand for exactly s with standard_conforming_strings on,
// which every supported PostgreSQL has by default.
func appendText(b []byte, s string, inArray bool) ([]byte, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return nil, errors.New("text contains NUL")
	}
	if !inArray {
		b = append(b, '\'')
		b = append(b, strings.ReplaceAll(s, "'", "''")...)
		return append(b, '\''), nil
	}
	b = append(b, '"')
	if !strings.ContainsAny(s, `'"\`) {
		b = append(b, s...)
		return append(b, '"'), nil
	}
	for i := range len(s) {
		switch c := s[i]; c {
		case '\'':
			b = append(b, "''"...)
		case '"', '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"'), nil
}
