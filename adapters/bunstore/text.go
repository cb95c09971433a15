package bunstore

import (
	"strings"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// checkText refuses what comes from outside and cannot be a value of a text
// column: PostgreSQL keeps no NUL.
func checkText(values ...string) error {
	for _, v := range values {
		if strings.IndexByte(v, 0) >= 0 {
			return tenant.Refuse(provider.InvalidArgument, "invalid_text",
				"内容包含非法字符", "the text has a NUL character in it")
		}
	}
	return nil
}

// bytewise returns an expression that sorts and compares a text column by its
// bytes on both databases, whatever the language of the database.
func (s *Store) bytewise(column string) string {
	if s.postgres() {
		return column + ` COLLATE "C"`
	}
	return column
}

// jsonOf is a column of JSON texts, "" for none, as a column of JSON has it.
func (s *Store) jsonOf(column string) bun.Safe {
	if s.postgres() {
		return bun.Safe("NULLIF(" + column + ", '')::json")
	}
	return bun.Safe("NULLIF(" + column + ", '')")
}
