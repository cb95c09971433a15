package transport

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// grantBody is a role that a user has in the request's tenant.
type grantBody struct {
	UserID    string      `json:"userId"`
	Username  string      `json:"username"`
	Role      tenant.Role `json:"role"`
	GrantedBy string      `json:"grantedBy"`
	CreatedAt time.Time   `json:"createdAt"`
}

func grantOf(g tenant.Grant) grantBody {
	return grantBody{
		UserID: g.UserID, Username: g.Username, Role: g.Role, GrantedBy: g.GrantedBy, CreatedAt: g.CreatedAt.UTC(),
	}
}

// newGrant is the body of POST /grants.
type newGrant struct {
	Username string      `json:"username" schema:"required"`
	Role     tenant.Role `json:"role" schema:"required"`
}

// grantRemoval is DELETE /grants?username=&role=, or userId instead of
// username, which also names people who have left.
type grantRemoval struct {
	who  tenant.Grantee
	role tenant.Role
}

// grantParams are what decodeGrantRemoval reads.
func grantParams() []parameter {
	return []parameter{
		textParam("username", "用户名；与userId二选一", "the user's name, or else userId"),
		textParam("userId", "用户ID，也可指已离开的人", "the user's id, also of somebody who has left"),
		choiceParam("role", "角色", "the role", slices.Sorted(maps.Keys(tenant.Roles()))...).needed(),
	}
}

func decodeGrantRemoval(r *http.Request) (req grantRemoval, err error) {
	query := r.URL.Query()
	if req.who.UserID, err = param(query, "userId"); err != nil {
		return req, err
	}
	if req.who.UserID == "" {
		if req.who.Username, err = requiredParam(query, "username"); err != nil {
			return req, err
		}
	}
	role, err := requiredParam(query, "role")
	req.role = tenant.Role(role)
	return req, err
}

func (a *api) grants(ctx context.Context, p tenant.Page) (items[grantBody], error) {
	list, err := a.services.Tenants.Grants(ctx, tenantOf(ctx), p)
	return listOf(list, grantOf), err
}

func (a *api) addGrant(ctx context.Context, req newGrant) (grantBody, error) {
	if req.Username == "" {
		return grantBody{}, invalid("username", "用户名不能为空", "username is required")
	}
	g, err := a.services.Tenants.Grant(ctx, tenantOf(ctx), req.Username, req.Role)
	return grantOf(g), err
}

func (a *api) removeGrant(ctx context.Context, req grantRemoval) (any, error) {
	return nil, a.services.Tenants.Revoke(ctx, tenantOf(ctx), req.who, req.role)
}

// auditBody is a row of the audit trail.
type auditBody struct {
	ID        string          `json:"id"`
	At        time.Time       `json:"at"`
	ActorID   string          `json:"actorId"`
	ActorName string          `json:"actorName"`
	Action    string          `json:"action"`
	Target    string          `json:"target"`
	Outcome   string          `json:"outcome"`
	Before    json.RawMessage `json:"before"`
	After     json.RawMessage `json:"after"`
}

func auditOf(e tenant.AuditEntry) auditBody {
	return auditBody{
		ID: e.ID, At: e.At.UTC(), ActorID: e.ActorID, ActorName: e.ActorName, Action: e.Action,
		Target: e.Target, Outcome: e.Outcome, Before: e.Before, After: e.After,
	}
}

type auditList struct {
	filter tenant.AuditFilter
	page   tenant.Page
}

// auditParams are what decodeAuditList reads.
func auditParams() []parameter {
	return append([]parameter{
		textParam("actor", "操作人用户名", "username of who did it"),
		textParam("action", "操作，如app.create", "what was done, such as app.create"),
		momentParam("since", "操作时间不早于", "done not before"),
		momentParam("before", "操作时间早于", "done before"),
	}, pageParams()...)
}

func decodeAuditList(r *http.Request) (req auditList, err error) {
	query, f := r.URL.Query(), &req.filter
	if f.Actor, err = param(query, "actor"); err != nil {
		return req, err
	}
	if f.Action, err = param(query, "action"); err != nil {
		return req, err
	}
	if f.Since, f.Before, err = span(query, "since", "before"); err != nil {
		return req, err
	}
	req.page, err = page(query)
	return req, err
}

func (a *api) auditTrail(ctx context.Context, req auditList) (items[auditBody], error) {
	list, err := a.services.Tenants.Audit(ctx, tenantOf(ctx), req.filter, req.page)
	return listOf(list, auditOf), err
}
