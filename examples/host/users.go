package main

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/jwtauth"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

const (
	sessionTime = 12 * time.Hour
	// A try costs a processor 20 ms: more than this a second is an attack.
	loginsPerSecond = 10
	minPassword     = 8
)

func newLoginLimit() *rate.Limiter { return rate.NewLimiter(loginsPerSecond, loginsPerSecond) }

// login is POST /sys/login.
func (p *platform) login(r *http.Request) (any, error) {
	var in struct{ Username, Password string }
	if err := readJSON(r, &in); err != nil {
		return nil, err
	}
	if !p.logins.Allow() {
		return nil, &refusal{http.StatusTooManyRequests, "登录过于频繁，请稍后再试"}
	}
	user, err := p.stack.People.Authenticate(r.Context(), in.Username, provider.NewSecret(in.Password))
	if errors.Is(err, tenant.ErrNotFound) {
		return nil, &refusal{http.StatusUnauthorized, "用户名或密码错误"}
	}
	if err != nil {
		return nil, err
	}
	token, err := p.stack.Tokens.Issue(r.Context(), jwtauth.Claims{UserID: user.ID, Username: user.Username}, sessionTime)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"token": token, "username": user.Username, "realname": user.Realname, "tenants": user.Tenants,
		"mustChangePassword": user.MustChangePassword,
	}, nil
}

// administrator returns who sends a request, if that is an administrator of the
// platform.
func (p *platform) administrator(r *http.Request) (transport.Principal, error) {
	who, err := p.stack.Tokens.Authenticate(r)
	if err != nil {
		return who, unauthorised(err)
	}
	ok, err := p.stack.Authorizer.Everywhere(r.Context(), who.UserID)
	if err == nil && (!ok || who.Bounded) { // a login through a tenant's office app is for that tenant
		err = &refusal{http.StatusForbidden, "没有权限，请联系管理员分配权限！"}
	}
	return who, err
}

func unauthorised(err error) error {
	var no *tenant.Error
	if errors.As(err, &no) && no.Code == provider.Unauthenticated {
		return &refusal{http.StatusUnauthorized, no.Message.ZH}
	}
	return err
}

// createUser is POST /sys/users.
func (p *platform) createUser(r *http.Request) (any, error) {
	if _, err := p.administrator(r); err != nil {
		return nil, err
	}
	var in struct {
		Username, Password, Realname, Phone string
		Tenants                             []string
	}
	if err := readJSON(r, &in); err != nil {
		return nil, err
	}
	if in.Username == "" || len(in.Username) > 100 || in.Realname == "" || len(in.Realname) > 100 {
		return nil, &refusal{http.StatusBadRequest, "username和realname必填，各不超过100字节"}
	}
	if len(in.Password) < minPassword || len(in.Password) > 256 {
		return nil, &refusal{http.StatusBadRequest, "密码长度须为8到256字节"}
	}
	person := bunstore.NewPerson{
		Username: in.Username, Realname: in.Realname, Phone: in.Phone, Password: provider.NewSecret(in.Password),
	}
	for _, text := range in.Tenants {
		id, err := p.knownTenant(r, text)
		if err != nil {
			return nil, err
		}
		person.Tenants = append(person.Tenants, id)
	}
	created, err := p.stack.People.Create(r.Context(), person)
	var taken *bunstore.PersonConflictError
	if errors.As(err, &taken) {
		return nil, &refusal{http.StatusConflict, taken.Field + " 已被使用"}
	}
	if err != nil {
		return nil, err
	}
	return map[string]any{"id": created.ID, "username": created.Username}, nil
}

func (p *platform) knownTenant(r *http.Request, text string) (tenant.ID, error) {
	id, err := tenant.ParseID(text)
	if err != nil {
		return "", &refusal{http.StatusBadRequest, "租户ID无效"}
	}
	ok, err := p.tenantExists(r.Context(), id)
	if err == nil && !ok {
		err = &refusal{http.StatusNotFound, "租户不存在！"}
	}
	return id, err
}

// reader returns the tenant that a request asks about, if whoever sends it may
// look at its directory.
func (p *platform) reader(r *http.Request) (tenant.ID, error) {
	who, err := p.stack.Tokens.Authenticate(r)
	if err != nil {
		return "", unauthorised(err)
	}
	id, err := tenant.ParseID(r.URL.Query().Get("tenantId"))
	if err != nil {
		return "", &refusal{http.StatusBadRequest, "租户ID无效"}
	}
	forbidden := &refusal{http.StatusForbidden, "没有权限，请联系管理员分配权限！"}
	if who.Bounded && !slices.Contains(who.Tenants, id) || p.module.Tenants().Enter(r.Context(), who.UserID, who.Tenants, id) != nil {
		return "", forbidden
	}
	err = p.stack.Authorizer.Can(r.Context(), who.UserID, id, tenant.ObjectSync, tenant.ActionRead)
	if errors.Is(err, tenant.ErrForbidden) {
		return "", forbidden
	}
	return id, err
}

// userRecord is a person as the classic user list shows them.
type userRecord struct {
	ID           string `json:"id"`
	Username     string `json:"username"`
	Realname     string `json:"realname"`
	Phone        string `json:"phone"`
	Email        string `json:"email"`
	WorkNo       string `json:"workNo"`
	Post         string `json:"post"`
	ManagerID    string `json:"managerId"`
	Status       int    `json:"status"`
	DepartIDs    string `json:"departIds"`
	TenantStatus string `json:"tenantStatus"`
}

// listUsers is GET /sys/user/list.
func (p *platform) listUsers(r *http.Request) (any, error) {
	t, err := p.reader(r)
	if err != nil {
		return nil, err
	}
	page, size, err := pageOf(r.URL.Query())
	if err != nil {
		return nil, err
	}
	members, total, err := p.stack.People.Members(r.Context(), t, page, size)
	if err != nil {
		return nil, err
	}
	records := make([]userRecord, len(members))
	for i, m := range members {
		records[i] = recordOf(m)
	}
	return map[string]any{
		"records": records, "total": total, "size": size, "current": page, "pages": (total + size - 1) / size,
	}, nil
}

func recordOf(m bunstore.Member) userRecord {
	status := 1
	if m.Disabled {
		status = 2
	}
	states := map[string]string{"active": "1", "suspended": "2", "pending": "3"}
	return userRecord{
		ID: m.ID, Username: m.Username, Realname: m.Realname, Phone: m.Phone, Email: m.Email, WorkNo: m.WorkNo,
		Post: m.Title, ManagerID: m.ManagerID, Status: status, DepartIDs: strings.Join(m.DepartmentIDs, ","), TenantStatus: states[m.State],
	}
}

func pageOf(q url.Values) (page, size int, err error) {
	page, size = 1, 10
	for name, into := range map[string]*int{"pageNo": &page, "pageSize": &size} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		if *into, err = strconv.Atoi(text); err != nil || *into < 1 || *into > 1_000_000 {
			return 0, 0, &refusal{http.StatusBadRequest, name + "须为正整数"}
		}
	}
	return page, min(size, tenant.MaxPageLimit), nil
}

// departRecord is a department as the classic list shows it.
type departRecord struct {
	ID          string `json:"id"`
	ParentID    string `json:"parentId"`
	DepartName  string `json:"departName"`
	DepartOrder int64  `json:"departOrder"`
	RemoteID    string `json:"remoteId"`
	// Path is the ids from the top, PathName the names.
	Path     string `json:"path"`
	PathName string `json:"pathName"`
}

// listDepartments is GET /sys/sysDepart/list.
func (p *platform) listDepartments(r *http.Request) (any, error) {
	t, err := p.reader(r)
	if err != nil {
		return nil, err
	}
	list, err := p.stack.People.Departments(r.Context(), t)
	if err != nil {
		return nil, err
	}
	records := make([]departRecord, len(list))
	for i, d := range list {
		records[i] = departRecord{d.ID, d.ParentID, d.Name, d.Order, d.RemoteID, d.Path, strings.Join(d.Names, "/")}
	}
	return records, nil
}
