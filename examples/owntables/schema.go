package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun/dialect"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
)

// schema are the host's tables as they might have been there before. Users
// belong to the platform, staff are users in a tenant. All that is there for the
// sake of the module are the last three columns of units: which directory a unit
// came from.
const schema = `
CREATE TABLE IF NOT EXISTS users (
	id          ID,
	login       text    NOT NULL UNIQUE,
	full_name   text    NOT NULL,
	phone       text    UNIQUE,
	mail        text,
	picture     text    NOT NULL DEFAULT '',
	pass_hash   text    NOT NULL DEFAULT '',
	must_change boolean NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX IF NOT EXISTS users_mail ON users (lower(mail));
CREATE TABLE IF NOT EXISTS staff (
	tenant     text   NOT NULL,
	user_id    bigint NOT NULL REFERENCES users (id),
	status     text   NOT NULL,
	number     text   NOT NULL DEFAULT '',
	job_title  text   NOT NULL DEFAULT '',
	manager_id bigint REFERENCES users (id),
	PRIMARY KEY (tenant, user_id)
);
CREATE INDEX IF NOT EXISTS staff_number ON staff (tenant, number);
CREATE INDEX IF NOT EXISTS staff_user ON staff (user_id);
CREATE TABLE IF NOT EXISTS units (
	id        ID,
	tenant    text   NOT NULL,
	parent_id bigint REFERENCES units (id),
	title     text   NOT NULL,
	sort      bigint NOT NULL DEFAULT 0,
	provider  text,
	org_id    text,
	remote_id text,
	UNIQUE (tenant, provider, org_id, remote_id)
);
CREATE INDEX IF NOT EXISTS units_parent ON units (parent_id);
CREATE TABLE IF NOT EXISTS unit_staff (
	unit_id bigint  NOT NULL REFERENCES units (id),
	tenant  text    NOT NULL,
	user_id bigint  NOT NULL,
	head    boolean NOT NULL,
	sort    bigint  NOT NULL,
	PRIMARY KEY (unit_id, user_id),
	FOREIGN KEY (tenant, user_id) REFERENCES staff (tenant, user_id)
);
CREATE INDEX IF NOT EXISTS unit_staff_user ON unit_staff (tenant, user_id);`

// createTables makes the host's tables beside the module's.
func createTables(ctx context.Context, store *bunstore.Store) error {
	id := "INTEGER PRIMARY KEY"
	if store.DB().Dialect().Name() == dialect.PG {
		id = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
	}
	for statement := range strings.SplitSeq(schema, ";") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := store.DB().DB.ExecContext(ctx, strings.ReplaceAll(statement, " ID,", " "+id+",")); err != nil {
			return fmt.Errorf("create tables: %w", err)
		}
	}
	return nil
}
