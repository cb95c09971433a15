package bunstore

import (
	"encoding/base64"
	"encoding/json"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// maxCursor bounds what decodeCursor looks at, in bytes.
const maxCursor = 4096

// encodeCursor returns the cursor that continues a list after the row with the
// given sort keys. The name keeps a cursor from being taken for one of another
// list.
func encodeCursor(list string, keys ...string) string {
	b, err := json.Marshal(append([]string{list}, keys...))
	if err != nil {
		panic(err) // strings can always be encoded
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodeCursor stores the sort keys of a cursor made by encodeCursor. What it
// did not make, for this list and number of keys, is an Error of code
// InvalidArgument; then nothing is stored.
func decodeCursor(cursor, list string, keys ...*string) error {
	if len(cursor) > maxCursor {
		return errCursor()
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return errCursor()
	}
	var parts []string
	if err := json.Unmarshal(b, &parts); err != nil {
		return errCursor()
	}
	if len(parts) != len(keys)+1 || parts[0] != list || checkText(parts...) != nil {
		return errCursor()
	}
	for i, key := range keys {
		*key = parts[i+1]
	}
	return nil
}

func errCursor() *tenant.Error {
	return tenant.Refuse(provider.InvalidArgument, "invalid_cursor",
		"分页游标无效，请从第一页重新查询",
		"invalid cursor; start again from the first page").WithField("cursor")
}

// pageOf makes a page of rows that were asked for with LIMIT size+1: the row
// too many shows that there is more.
func pageOf[T any](rows []T, size int, cursor func(last T) string) tenant.List[T] {
	if len(rows) <= size {
		return tenant.List[T]{Items: rows}
	}
	rows = rows[:size]
	return tenant.List[T]{Items: rows, Next: cursor(rows[size-1])}
}
