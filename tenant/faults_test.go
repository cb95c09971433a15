package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// awayStore is a store whose database went away.
type awayStore struct{ tenant.Store }

func away() error { return fmt.Errorf("store: %w", tenant.ErrUnavailable) }

func (awayStore) InTx(context.Context, func(context.Context) error) error { return away() }
func (awayStore) App(context.Context, tenant.ID, string) (tenant.App, error) {
	return tenant.App{}, away()
}

func (awayStore) Apps(context.Context, tenant.ID, provider.Kind) ([]tenant.App, error) {
	return nil, away()
}

func (awayStore) AppVersion(context.Context, tenant.ID, provider.Kind) (string, int64, error) {
	return "", 0, away()
}

func (awayStore) Grants(context.Context, tenant.ID, tenant.Page) (tenant.List[tenant.Grant], error) {
	return tenant.List[tenant.Grant]{}, away()
}

func (awayStore) Audit(context.Context, tenant.ID, tenant.AuditFilter, tenant.Page) (tenant.List[tenant.AuditEntry], error) {
	return tenant.List[tenant.AuditEntry]{}, away()
}

func (awayStore) AppendAudit(context.Context, tenant.AuditEntry) error { return away() }

// operations calls everything the service can do that asks a port.
func operations(ctx context.Context, s *tenant.Service) map[string]error {
	errs := map[string]error{}
	_, errs["CreateApp"] = s.CreateApp(ctx, here, input("key-1"))
	_, errs["UpdateApp"] = s.UpdateApp(ctx, here, "id", tenant.AppChange{})
	errs["DeleteApp"] = s.DeleteApp(ctx, here, "id")
	_, errs["App"] = s.App(ctx, here, "id")
	_, errs["Apps"] = s.Apps(ctx, here, "")
	_, errs["AppFor"] = s.AppFor(ctx, here, provider.DingTalk)
	_, errs["EnabledKinds"] = s.EnabledKinds(ctx, here)
	_, errs["Verify"] = s.Verify(ctx, here, "id")
	_, errs["Grant"] = s.Grant(ctx, here, "bob", tenant.RoleViewer)
	errs["Revoke"] = s.Revoke(ctx, here, tenant.Grantee{Username: "bob"}, tenant.RoleViewer)
	_, errs["Grants"] = s.Grants(ctx, here, tenant.Page{})
	_, errs["Audit"] = s.Audit(ctx, here, tenant.AuditFilter{}, tenant.Page{})
	return errs
}

// TestDatabaseAway has every operation meet a database that is away: that is no
// refusal, and no permission is given.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.serviceOver(t, awayStore{b.store}, b.keyset, tenant.Config{})
	errs := operations(as(t, "owner@t-1"), s)
	_, errs["Connect"] = s.Connect(t.Context(), here, provider.DingTalk)
	_, errs["ConnectApp"] = s.ConnectApp(t.Context(), here, "id")
	for name, err := range errs {
		wantError(t, name, err, tenant.ErrUnavailable)
	}
}

// blindAuthorizer cannot tell who may do what.
type blindAuthorizer struct{ tenant.Authorizer }

func (blindAuthorizer) Can(context.Context, string, tenant.ID, tenant.Object, tenant.Action) error {
	return away()
}
func (blindAuthorizer) Everywhere(context.Context, string) (bool, error) { return true, away() }

func (blindAuthorizer) Refresh(context.Context) error { return away() }

func TestAuthorizerAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registry := must(provider.NewRegistry(b.dingtalk))(t)
	s := must(tenant.New(b.store, registry, plainSealer{}, blindAuthorizer{}, people{}, tenant.Config{}))(t)
	t.Cleanup(func() { _ = s.Close() })
	errs := operations(as(t, "owner@t-1"), s)
	delete(errs, "EnabledKinds") // which needs no permission
	for name, err := range errs {
		if !errors.Is(err, tenant.ErrUnavailable) || errors.Is(err, tenant.ErrForbidden) {
			t.Errorf("%s: got %v, want %v", name, err, tenant.ErrUnavailable)
		}
	}
	err := s.Enter(t.Context(), "id of bob", nil, here)
	wantError(t, "Enter", err, tenant.ErrUnavailable)

	// What is committed stays, whether or not the authorizer was told.
	if _, err := s.Grant(tenant.AsSystem(t.Context(), "test"), here, "bob", tenant.RoleViewer); err != nil {
		t.Errorf("Grant by the system: %v", err)
	}
}

// plainSealer seals nothing, and cannot open.
type plainSealer struct{}

var errSealer = errors.New("key service away")

func (plainSealer) Seal(context.Context, provider.Secret, string) (tenant.Sealed, error) {
	return tenant.Sealed{}, errSealer
}

func (plainSealer) Open(context.Context, tenant.Sealed, string) (provider.Secret, error) {
	return provider.Secret{}, errSealer
}

func (plainSealer) CurrentKey() string { return "none" }

func TestSealerFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	registry := must(provider.NewRegistry(b.dingtalk))(t)
	s := must(tenant.New(b.store, registry, plainSealer{}, b.authz, people{}, tenant.Config{}))(t)
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.CreateApp(as(t, "admin@t-1"), here, input("key-1")); !errors.Is(err, errSealer) {
		t.Errorf("CreateApp: got %v, want %v", err, errSealer)
	}
	if apps, err := s.Apps(as(t, "admin@t-1"), here, ""); err != nil || len(apps) != 0 {
		t.Errorf("Apps = %+v, %v; want none", apps, err)
	}
}

// busyStore has somebody else always be faster.
type busyStore struct{ tenant.Store }

func (busyStore) UpdateApp(context.Context, tenant.App) error {
	return fmt.Errorf("store: %w", &tenant.ConflictError{Key: "version"})
}

func TestUpdateNeverFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	app := create(t, b, here, input("key-1"))
	s := b.serviceOver(t, busyStore{b.store}, b.keyset, tenant.Config{})
	_, err := s.UpdateApp(as(t, "admin@t-1"), here, app.ID, newSecret("new"))
	var refusal *tenant.Error
	if !errors.As(err, &refusal) || refusal.Reason != "changed_meanwhile" || refusal.Code != provider.Unavailable {
		t.Errorf("got %v, want changed_meanwhile", err)
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	e := tenant.ErrForbidden.WithField("field").WithDetails(7).WithCause(cause)
	if !errors.Is(e, tenant.ErrForbidden) || !errors.Is(e, cause) || errors.Is(e, tenant.ErrNoActor) {
		t.Errorf("%v: want it to be its sentinel and its cause only", e)
	}
	if tenant.ErrForbidden.Field != "" || tenant.ErrForbidden.Details != nil || tenant.ErrForbidden.Err != nil {
		t.Error("the sentinel was changed")
	}
	if e.Field != "field" || e.Details != 7 || provider.CodeOf(fmt.Errorf("op: %w", e)) != provider.PermissionDenied {
		t.Errorf("got %+v", e)
	}
	if text := e.Error(); !strings.HasPrefix(text, "field: forbidden: ") || !strings.HasSuffix(text, ": cause") {
		t.Errorf("got text %q", text)
	}
	if got := (tenant.Permission{Object: tenant.ObjectConfig, Action: tenant.ActionRead}).String(); got != "config.read" {
		t.Errorf("Permission.String = %q", got)
	}
}
