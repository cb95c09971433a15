package bunstore

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// bindingRow is a row of thirdapp_bindings.
type bindingRow struct {
	bun.BaseModel `bun:"table:thirdapp_bindings"`

	TenantID       tenant.ID
	Provider       provider.Kind
	OrgID          string
	ProviderUserID provider.UserID
	UnionID        provider.UnionID
	PersonID       string
	Active         bool
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Source         identity.Source
	ProvedBy       string
}

func (r bindingRow) binding() identity.Binding {
	return identity.Binding{
		Tenant: r.TenantID, Key: identity.Key{Provider: r.Provider, OrgID: r.OrgID, ProviderUserID: r.ProviderUserID},
		UnionID: r.UnionID, UserID: r.PersonID, Active: r.Active, Source: r.Source, ProvedBy: r.ProvedBy,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
}

const whereBinding = "tenant_id = ? AND provider = ? AND org_id = ? AND provider_user_id = ?"

// Binding implements identity.Store.
func (s *Store) Binding(ctx context.Context, t tenant.ID, k identity.Key) (identity.Binding, error) {
	var r bindingRow
	err := checkText(string(k.Provider), k.OrgID, string(k.ProviderUserID))
	if err == nil {
		err = s.idb(ctx).NewSelect().Model(&r).Where(whereBinding, t, k.Provider, k.OrgID, k.ProviderUserID).Scan(ctx)
	}
	if err != nil {
		return identity.Binding{}, fmt.Errorf("bunstore: binding: %w", storeError(err))
	}
	return r.binding(), nil
}

// Bindings implements identity.Store.
func (s *Store) Bindings(
	ctx context.Context, t tenant.ID, f identity.BindingFilter, p tenant.Page,
) (tenant.List[identity.Binding], error) {
	list, err := s.bindings(ctx, t, f, p)
	if err != nil {
		return tenant.List[identity.Binding]{}, fmt.Errorf("bunstore: bindings: %w", err)
	}
	return list, nil
}

func (s *Store) bindings(
	ctx context.Context, t tenant.ID, f identity.BindingFilter, p tenant.Page,
) (tenant.List[identity.Binding], error) {
	const name = "bindings"
	const order = "provider, org_id, provider_user_id" // as the index has them
	var rows []bindingRow
	q := s.idb(ctx).NewSelect().Model(&rows).Where("tenant_id = ?", t).OrderExpr(order).Limit(int64(p.Size()) + 1)
	if err := checkText(string(f.Provider), f.UserID); err != nil {
		return tenant.List[identity.Binding]{}, err
	}
	if f.Provider != "" {
		q = q.Where("provider = ?", f.Provider)
	}
	if f.UserID != "" {
		q = q.Where("person_id = ?", f.UserID)
	}
	if p.Cursor != "" {
		var kind, org, user string
		if err := decodeCursor(p.Cursor, name, &kind, &org, &user); err != nil {
			return tenant.List[identity.Binding]{}, err
		}
		q = q.Where("("+order+") > (?, ?, ?)", kind, org, user)
	}
	if err := q.Scan(ctx); err != nil {
		return tenant.List[identity.Binding]{}, storeError(err)
	}
	list := make([]identity.Binding, len(rows))
	for i, r := range rows {
		list[i] = r.binding()
	}
	return pageOf(list, p.Size(), func(b identity.Binding) string {
		return encodeCursor(name, string(b.Provider), b.OrgID, string(b.ProviderUserID))
	}), nil
}

// Bind implements identity.Store.
func (s *Store) Bind(ctx context.Context, b identity.Binding) error {
	err := checkText(string(b.Provider), b.OrgID, string(b.ProviderUserID), string(b.UnionID), b.UserID)
	if err == nil {
		err = s.InTx(ctx, func(ctx context.Context) error { return s.bind(ctx, b) })
	}
	if err != nil {
		return fmt.Errorf("bunstore: bind: %w", storeError(err))
	}
	return nil
}

func (s *Store) bind(ctx context.Context, b identity.Binding) error {
	_, err := s.idb(ctx).NewRaw(`DELETE FROM thirdapp_bindings
		WHERE tenant_id = ? AND provider = ? AND org_id = ? AND person_id = ? AND NOT active`,
		b.Tenant, b.Provider, b.OrgID, b.UserID).Exec(ctx)
	if err != nil {
		return err
	}
	n, err := affected(s.idb(ctx).NewInsert().Model(&bindingRow{
		TenantID: b.Tenant, Provider: b.Provider, OrgID: b.OrgID, ProviderUserID: b.ProviderUserID, UnionID: b.UnionID,
		PersonID: b.UserID, Active: b.Active, Source: b.Source, ProvedBy: b.ProvedBy,
		CreatedAt: stored(b.CreatedAt), UpdatedAt: stored(b.UpdatedAt),
	}).On("CONFLICT DO NOTHING").Exec(ctx))
	if err == nil && n == 0 {
		err = tenant.ErrConflict
	}
	return err
}

// Unbind implements identity.Store.
func (s *Store) Unbind(ctx context.Context, t tenant.ID, k identity.Key) error {
	err := checkText(string(k.Provider), k.OrgID, string(k.ProviderUserID))
	var n int64
	if err == nil {
		n, err = affected(s.idb(ctx).NewRaw("DELETE FROM thirdapp_bindings WHERE "+whereBinding,
			t, k.Provider, k.OrgID, k.ProviderUserID).Exec(ctx))
	}
	switch {
	case err != nil:
		return fmt.Errorf("bunstore: unbind: %w", storeError(err))
	case n == 0:
		return fmt.Errorf("bunstore: unbind: %w", tenant.ErrNotFound)
	}
	return nil
}
