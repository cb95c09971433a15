package main

import (
	"context"
	"fmt"
	"io"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// grow is what happens on the platform every day: the host writes a new unit
// into its tables, and a new user who heads it.
func (h *host) grow(ctx context.Context, title, login, name, phone string) error {
	return h.parts.Store.InTx(ctx, func(ctx context.Context) error {
		m := NewMembers(h.parts.Store)
		var unit, user int64
		err := m.db(ctx).QueryRowContext(ctx, `INSERT INTO units (tenant, parent_id, title)
			SELECT tenant, id, $2 FROM units WHERE tenant = $1 AND parent_id IS NULL RETURNING id`,
			string(theTenant), title).Scan(&unit)
		if err != nil {
			return err
		}
		err = m.db(ctx).QueryRowContext(ctx, "INSERT INTO users (login, full_name, phone) VALUES ($1, $2, $3) RETURNING id",
			login, name, phone).Scan(&user)
		if err != nil {
			return err
		}
		dir := dirsync.Directory{Tenant: theTenant}
		if err := m.hire(ctx, dir, user, dirsync.JoinActive, "", "产品经理"); err != nil {
			return err
		}
		return m.place(ctx, dir, user, []dirsync.Place{{DepartmentLocalID: text(unit), Leader: true}})
	})
}

// push brings what the host has changed to the office app, and prints it.
func (h *host) push(ctx context.Context, out io.Writer) error {
	r, err := h.sync(ctx, dirsync.RunRequest{Provider: provider.DingTalk, Direction: dirsync.Push})
	if err != nil {
		return err
	}
	changes, err := h.module.Directory().Changes(tenant.AsSystem(ctx, "setup"), theTenant, r.ID, dirsync.ChangeFilter{}, tenant.Page{})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "push 推送: kind, what, name, state")
	for _, c := range changes.Items {
		fmt.Fprintf(out, "  %s\t%s\t%s\t%s\n", c.Kind, c.Entity, c.Name, c.State)
	}
	return nil
}
