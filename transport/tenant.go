package transport

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	// tenantHeader selects the tenant that a request acts in.
	tenantHeader = "X-Tenant-Id"
	// tenantParam is the parameter, in query or body, by which existing front
	// ends repeat the header.
	tenantParam = "tenantId"
)

// inTenant decides which tenant the request acts in, and makes the principal
// the actor of everything that follows.
func (a *api) inTenant(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		c := callFrom(ctx)
		t, err := a.selectTenant(r, c)
		if err != nil {
			a.encodeError(ctx, err, w)
			return
		}
		c.tenant = t
		ctx = tenant.WithActor(ctx, tenant.Actor{UserID: c.principal.UserID, Username: c.principal.Username})
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// selectTenant returns the tenant that the header names, which must be one of
// the principal's unless they act everywhere; without a header it is
// tenant.Default, under the same condition. A blank header is like none, as the
// contract has it: front ends send it while no tenant is chosen. A parameter that
// names another tenant than the header is refused.
//
// Without a header the parameter selects on compatible paths, among the
// principal's own tenants only: a tenant that is not theirs is entered by the
// header alone, which no link can carry.
func (a *api) selectTenant(r *http.Request, c *call) (tenant.ID, error) {
	named, err := queryTenant(r, c.family)
	if err != nil {
		return "", err
	}
	t, err := headerTenant(r)
	switch {
	case err != nil:
		return "", err
	case t == "" && named != "" && c.family == compatFamily:
		if !slices.Contains(c.principal.Tenants, named) {
			return "", errForeignTenant(named)
		}
		return named, nil
	}
	given := t != ""
	t = cmp.Or(t, tenant.Default)
	err = a.enterTenant(r.Context(), c.principal, t)
	switch {
	case errors.Is(err, tenant.ErrNotAMember) && !given:
		return "", errNoTenant()
	case errors.Is(err, tenant.ErrNotAMember):
		return "", errForeignTenant(t)
	case err != nil:
		return "", err
	}
	if isMissing(t) && !slices.Contains(c.principal.Tenants, t) {
		return "", errMissingTenant(t)
	}
	return t, sameTenant(t, named)
}

// headerTenant returns the tenant that the header names, "" when it names none.
func headerTenant(r *http.Request) (tenant.ID, error) {
	header := r.Header.Values(tenantHeader)
	switch {
	case len(header) > 1:
		return "", invalid(tenantHeader, "请求头X-Tenant-Id重复", "the header is given more than once")
	case len(header) == 0 || strings.TrimSpace(header[0]) == "":
		return "", nil
	}
	return tenant.ParseID(header[0])
}

// enterTenant lets a principal into a tenant, or answers tenant.ErrNotAMember.
func (a *api) enterTenant(ctx context.Context, p Principal, t tenant.ID) error {
	if p.Bounded && !slices.Contains(p.Tenants, t) {
		return tenant.ErrNotAMember
	}
	return a.services.Tenants.Enter(ctx, p.UserID, p.Tenants, t)
}

// errForeignTenant is tenant.ErrNotAMember with the tenant that was asked for.
func errForeignTenant(t tenant.ID) error {
	refusal := tenant.ErrNotAMember.WithField(tenantHeader)
	refusal.Message = provider.Text{
		ZH: "您不是租户" + string(t) + "的成员，无权访问，请联系该租户的管理员",
		EN: "you are not a member of tenant " + string(t) + "; ask an administrator of that tenant to add you",
	}
	return refusal
}

// errNoTenant is tenant.ErrNotAMember for a request that names no tenant, and so
// is for the default one.
func errNoTenant() error {
	refusal := tenant.ErrNotAMember.WithField(tenantHeader)
	refusal.Message = provider.Text{
		ZH: "您不是默认租户" + string(tenant.Default) + "的成员：请以请求头X-Tenant-Id指定租户",
		EN: "you are not a member of the default tenant " + string(tenant.Default) + ": name a tenant in the header X-Tenant-Id",
	}
	return refusal
}

// isMissing reports whether an id is what a script writes that has none. Who
// may enter every tenant would act in one of that name.
func isMissing(t tenant.ID) bool { return t == "undefined" || t == "null" || t == "NaN" }

func errMissingTenant(t tenant.ID) error {
	return invalid(tenantHeader, "请求头X-Tenant-Id的值为"+string(t)+"，前端尚未取得租户ID，请选择租户后重试",
		"the header X-Tenant-Id is "+string(t)+": the front end does not know the tenant yet; choose one and try again")
}

// queryTenant returns the tenant that the query names, "" when it names none.
// On compatible paths what a script writes that has none is none, too: front
// ends repeat the fields of a form in the query, also those that are not set.
func queryTenant(r *http.Request, f family) (tenant.ID, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", invalid("query", "查询参数格式错误", "the query string is malformed")
	}
	var named tenant.ID
	for _, s := range query[tenantParam] {
		if f == compatFamily && isMissing(tenant.ID(s)) {
			continue
		}
		id, err := parameterTenant(s)
		if err != nil {
			return "", err
		}
		if named != "" && id != named {
			return "", errOtherTenant()
		}
		named = id
	}
	return named, nil
}

// parameterTenant reads a tenant parameter; a blank one is like none.
func parameterTenant(s string) (tenant.ID, error) {
	if s = strings.TrimSpace(s); s == "" {
		return "", nil
	}
	id, err := tenant.ParseID(s)
	if err != nil {
		return "", invalid(tenantParam, "租户ID无效：须为1到64位字母、数字、下划线或连字符",
			"invalid tenant id: want 1 to 64 letters, digits, '_' or '-'")
	}
	return id, nil
}

// sameTenant refuses a parameter that names another tenant than the request
// acts in.
func sameTenant(t, named tenant.ID) error {
	if named != "" && named != t {
		return errOtherTenant()
	}
	return nil
}

func errOtherTenant() error {
	return tenant.Refuse(provider.InvalidArgument, "tenant_mismatch",
		"参数tenantId与请求头X-Tenant-Id不一致，请只用其一",
		"the parameter names another tenant than the X-Tenant-Id header; send one of them").WithField(tenantParam)
}
