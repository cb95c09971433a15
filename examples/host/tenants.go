package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/tenant"
)

// hostTenant is a row of the platform's own table. The module needs none: a
// tenant is an id to it.
type hostTenant struct {
	bun.BaseModel `bun:"table:host_tenants"`

	ID          tenant.ID `bun:"id,pk"`
	Name        string    `bun:"name,notnull"`
	HouseNumber string    `bun:"house_number,notnull"`
}

// createTables creates the platform's own tables. A real platform has
// migrations of its own.
func (p *platform) createTables(ctx context.Context) error {
	_, err := p.stack.Store.DB().NewCreateTable().Model((*hostTenant)(nil)).IfNotExists().Exec(ctx)
	return err
}

// houseNumber is the port through which initial passwords may use it.
func (p *platform) houseNumber(ctx context.Context, t tenant.ID) (string, error) {
	var row hostTenant
	err := p.stack.Store.DB().NewSelect().Model(&row).Where("id = ?", t).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return row.HouseNumber, err
}

// createTenant is POST /sys/tenants.
func (p *platform) createTenant(r *http.Request) (any, error) {
	if _, err := p.administrator(r); err != nil {
		return nil, err
	}
	var in struct{ ID, Name, HouseNumber string }
	if err := readJSON(r, &in); err != nil {
		return nil, err
	}
	id, err := tenant.ParseID(in.ID)
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "租户ID须为1到64位字母、数字、下划线或连字符"}
	}
	if in.Name = strings.TrimSpace(in.Name); in.Name == "" || len(in.Name) > 200 || len(in.HouseNumber) > 64 {
		return nil, &refusal{http.StatusBadRequest, "租户名称name必填，不超过200字节；门牌号houseNumber不超过64字节"}
	}
	row := hostTenant{ID: id, Name: in.Name, HouseNumber: in.HouseNumber}
	res, err := p.stack.Store.DB().NewInsert().Model(&row).On("CONFLICT (id) DO NOTHING").Exec(r.Context())
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return nil, &refusal{http.StatusConflict, "租户已存在"}
	}
	return map[string]any{"id": row.ID, "name": row.Name, "houseNumber": row.HouseNumber}, nil
}

// tenantExists reports whether the platform has such a tenant.
func (p *platform) tenantExists(ctx context.Context, t tenant.ID) (bool, error) {
	return p.stack.Store.DB().NewSelect().Model((*hostTenant)(nil)).Where("id = ?", t).Exists(ctx)
}
