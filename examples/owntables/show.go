package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// show prints the host's tables of the tenant.
func (h *host) show(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out, "units 部门: id, parent_id, title")
	err := h.print(ctx, out, `SELECT id || '', COALESCE(parent_id || '', '-'), title
		FROM units WHERE tenant = $1 ORDER BY id`)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "staff 成员: user_id, full_name, status, units (* heads it 主管)")
	return h.print(ctx, out, `SELECT u.id || '', u.full_name, s.status || ' ' || COALESCE((
			SELECT string_agg(d.title || CASE WHEN p.head THEN '*' ELSE '' END, ', ')
			FROM unit_staff p JOIN units d ON d.id = p.unit_id WHERE p.tenant = s.tenant AND p.user_id = u.id), '')
		FROM staff s JOIN users u ON u.id = s.user_id WHERE s.tenant = $1 ORDER BY u.id`)
}

// print prints a query's three columns.
func (h *host) print(ctx context.Context, out io.Writer, query string) (err error) {
	rows, err := h.parts.Store.DB().DB.QueryContext(ctx, query, string(theTenant))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a, b, c string
		if err := rows.Scan(&a, &b, &c); err != nil {
			return err
		}
		fmt.Fprintf(out, "  %s\t%s\t%s\n", a, b, c)
	}
	return rows.Err()
}

// showOffice prints the departments of the emulated company with who is in them.
func showOffice(em *dingtalktest.Emulator, corpID string, out io.Writer) {
	in := map[int64][]string{}
	for p := range em.People(corpID) {
		for _, at := range p.Memberships {
			name := p.Name
			if at.Leader {
				name += "*"
			}
			in[at.DepartmentID] = append(in[at.DepartmentID], name)
		}
	}
	fmt.Fprintln(out, "DingTalk 钉钉: id, name, people (* leads it 主管)")
	for _, d := range em.Departments(corpID) {
		fmt.Fprintf(out, "  %d\t%s\t%s\n", d.ID, d.Name, strings.Join(in[d.ID], ", "))
	}
}
