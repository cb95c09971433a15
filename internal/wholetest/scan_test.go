package wholetest_test

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
)

// forms returns how a secret may stand in a text: as it is, in a URL, in
// hexadecimal, and in base64 whatever stands before it.
func forms(secret string) []string {
	list := []string{secret, url.QueryEscape(secret), hex.EncodeToString([]byte(secret))}
	for before := range 3 {
		padded := append(make([]byte, before), secret...)
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			// The characters at both ends also depend on the neighbours.
			text := enc.EncodeToString(padded)
			list = append(list, text[(before*8+5)/6:len(padded)*8/6])
		}
	}
	return list
}

// wantAbsent looks for secrets in what stands somewhere.
func wantAbsent(t *testing.T, where string, content []byte, secrets map[string]string) {
	t.Helper()
	for name, secret := range secrets {
		if len(secret) < 8 {
			t.Fatalf("the %s %q is too short to be looked for", name, secret)
		}
		for _, form := range forms(secret) {
			if at := bytes.Index(content, []byte(form)); at >= 0 {
				t.Errorf("%s shows the %s: …%s…", where, name, around(content, at, len(form)))
				break
			}
		}
	}
}

func around(content []byte, at, length int) []byte {
	return content[max(0, at-120):min(len(content), at+length+40)]
}

// column is a column of the database with everything that is in it, a value a
// line.
type column struct {
	name    string
	content []byte
}

// columns reads the whole database, every table of every schema that is not the
// database's own.
func (h *host) columns(t *testing.T) []column {
	t.Helper()
	db := h.stack.Store.DB().DB
	catalogue := `SELECT '"' || table_schema || '"."' || table_name || '"', column_name, data_type
		FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`
	value := func(name, kind string) string {
		if kind == "bytea" {
			return `encode("` + name + `", 'escape')`
		}
		return `"` + name + `"::text`
	}
	if h.isSQLite() {
		catalogue = `SELECT '"' || m.name || '"', c.name, lower(c.type) FROM sqlite_master AS m, pragma_table_info(m.name) AS c
			WHERE m.type = 'table'`
		value = func(name, _ string) string { return `CAST("` + name + `" AS BLOB)` }
	}
	var list []column
	for _, c := range query(t, db, catalogue, 3) {
		values := query(t, db, fmt.Sprintf("SELECT %s FROM %s", value(c[1], c[2]), c[0]), 1)
		one := column{name: c[0] + "." + c[1]}
		for _, v := range values {
			one.content = append(append(one.content, v[0]...), '\n')
		}
		list = append(list, one)
	}
	if h.isSQLite() { // what was deleted may stand in the file still
		for _, suffix := range []string{"", "-wal"} {
			path := strings.TrimPrefix(h.dsn, "sqlite:") + suffix
			content, err := os.ReadFile(path)
			check(t, err)
			list = append(list, column{name: path, content: content})
		}
	}
	return list
}

// query returns rows of texts, NULL as "".
func query(t *testing.T, db *sql.DB, statement string, width int) (list [][]string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), statement)
	check(t, err)
	defer func() { check(t, rows.Close()) }()
	for rows.Next() {
		values, into := make([]sql.NullString, width), make([]any, width)
		for i := range values {
			into[i] = &values[i]
		}
		check(t, rows.Scan(into...))
		row := make([]string, width)
		for i, v := range values {
			row[i] = v.String
		}
		list = append(list, row)
	}
	check(t, rows.Err())
	return list
}
