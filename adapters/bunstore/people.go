package bunstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/internal/password"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Person is an account of the platform.
type Person struct {
	ID       string
	Username string
	// Realname is what people call them.
	Realname string
	// Phone and Email are empty when not known; both are unique.
	Phone     string
	Email     string
	AvatarURL string
	// Disabled accounts cannot sign in, in any tenant.
	Disabled bool
	// MustChangePassword is true for an initial password.
	MustChangePassword bool
	CreatedAt          time.Time
}

// NewPerson is an account to be created.
type NewPerson struct {
	// Username is required and unique.
	Username string
	// Realname is required.
	Realname string
	Phone    string
	Email    string
	// Password is kept as an argon2id hash; empty lets nobody sign in with a
	// password.
	Password           provider.Secret
	MustChangePassword bool
	// Tenants are those the person becomes an active member of.
	Tenants []tenant.ID
}

// PersonConflictError says which unique value of an account is taken.
// errors.Is finds tenant.ErrConflict in it.
type PersonConflictError struct {
	// Field is "username", "phone" or "email".
	Field string
}

// Error implements error.
func (e *PersonConflictError) Error() string { return e.Field + " is taken" }

// Is makes errors.Is(err, tenant.ErrConflict) true.
func (e *PersonConflictError) Is(target error) bool { return target == tenant.ErrConflict }

// Create adds an account with its memberships. A value that is taken is a
// [*PersonConflictError].
func (p *People) Create(ctx context.Context, n NewPerson) (Person, error) {
	if err := checkText(n.Username, n.Realname, n.Phone, n.Email); err != nil {
		return Person{}, fmt.Errorf("bunstore: create person: %w", err)
	}
	hash, err := hashOf(n.Password)
	if err != nil {
		return Person{}, fmt.Errorf("bunstore: create person: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Person{}, fmt.Errorf("bunstore: create person: %w", err)
	}
	now := stored(time.Now())
	created := Person{
		ID: id.String(), Username: n.Username, Realname: n.Realname, Phone: n.Phone, Email: n.Email,
		MustChangePassword: n.MustChangePassword, CreatedAt: now,
	}
	err = p.store.InTx(ctx, func(ctx context.Context) error {
		_, err := p.store.idb(ctx).NewRaw(`INSERT INTO thirdapp_people
			(id, username, realname, phone, email, avatar_url, disabled, password_hash, must_change_password, created_at, updated_at)
			VALUES (?0, ?1, ?2, NULLIF(?3, ''), NULLIF(?4, ''), '', FALSE, ?5, ?6, ?7, ?7)`,
			created.ID, n.Username, n.Realname, n.Phone, n.Email, hash, n.MustChangePassword, now).Exec(ctx)
		if err != nil {
			return personError(err)
		}
		for _, t := range n.Tenants {
			if err := p.Join(ctx, t, created.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Person{}, fmt.Errorf("bunstore: create person: %w", err)
	}
	return created, nil
}

// Join makes a person an active member of a tenant; somebody who is one
// already stays as they are.
func (p *People) Join(ctx context.Context, t tenant.ID, personID string) error {
	_, err := p.store.idb(ctx).NewRaw(`INSERT INTO thirdapp_memberships
		(tenant_id, person_id, state, work_no, title, created_at, updated_at)
		VALUES (?0, ?1, 'active', '', '', ?2, ?2) ON CONFLICT (tenant_id, person_id) DO NOTHING`,
		t, personID, stored(time.Now())).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: join tenant: %w", storeError(err))
	}
	return nil
}

// Account is a person with the tenants they are an active member of.
type Account struct {
	Person
	Tenants []tenant.ID
}

// ByUsername returns an account, tenant.ErrNotFound when there is none.
func (p *People) ByUsername(ctx context.Context, username string) (Account, error) {
	a, _, err := p.account(ctx, "username", username)
	return a, err
}

// ByID returns an account, tenant.ErrNotFound when there is none.
func (p *People) ByID(ctx context.Context, id string) (Account, error) {
	a, _, err := p.account(ctx, "id", id)
	return a, err
}

// Authenticate returns the account of a username and password, and
// tenant.ErrNotFound when there is none, the password is another one, or the
// account is disabled; it takes the same time for each. Hosts should limit how
// often it is tried: one try costs about 20 ms of one processor and 19 MiB.
func (p *People) Authenticate(ctx context.Context, username string, secret provider.Secret) (Account, error) {
	a, hash, err := p.account(ctx, "username", username)
	if err != nil && !errors.Is(err, tenant.ErrNotFound) {
		return Account{}, err
	}
	if hash == "" {
		hash = nobodysHash
	}
	if !password.Verify(hash, secret) || err != nil || a.Disabled {
		return Account{}, fmt.Errorf("bunstore: authenticate: %w", tenant.ErrNotFound)
	}
	return a, nil
}

func (p *People) account(ctx context.Context, column, value string) (a Account, hash string, err error) {
	if err := checkText(value); err != nil {
		return Account{}, "", fmt.Errorf("bunstore: account: %w", err)
	}
	var row struct {
		personRow
		PasswordHash string
		Tenants      string
	}
	err = p.store.idb(ctx).NewRaw(`SELECT `+personColumns+`, p.password_hash,
		COALESCE((SELECT string_agg(m.tenant_id, ',') FROM thirdapp_memberships AS m
			WHERE m.person_id = p.id AND m.state = 'active'), '') AS tenants
		FROM thirdapp_people AS p WHERE p.? = ?`, bun.Ident(column), value).Scan(ctx, &row)
	if err != nil {
		return Account{}, "", fmt.Errorf("bunstore: account: %w", storeError(err))
	}
	a.Person = row.person()
	a.Tenants = tenantsIn(row.Tenants)
	return a, row.PasswordHash, nil
}

// SetPassword changes a password, tenant.ErrNotFound when there is no such
// account.
func (p *People) SetPassword(ctx context.Context, personID string, secret provider.Secret, mustChange bool) error {
	hash, err := hashOf(secret)
	if err != nil {
		return fmt.Errorf("bunstore: set password: %w", err)
	}
	res, err := p.store.idb(ctx).NewRaw(`UPDATE thirdapp_people
		SET password_hash = ?, must_change_password = ?, updated_at = ? WHERE id = ?`,
		hash, mustChange, stored(time.Now()), personID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("bunstore: set password: %w", storeError(err))
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return fmt.Errorf("bunstore: set password: %w", errors.Join(tenant.ErrNotFound, err))
	}
	return nil
}

// nobodysHash is verified where there is no password, so that nobody learns
// from the time it takes which usernames exist. No password matches it: it is
// the hash of random bytes nobody kept.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$B13tD411ufjNkwzMpW9Q4w$UaQixB+4+iXpVvFLsIb58Q2wXX0tkeI4ZTfyxcmJXig"

// hashOf returns the hash of a password, "" for none.
func hashOf(secret provider.Secret) (string, error) {
	if secret.IsZero() {
		return "", nil
	}
	return password.Hash(secret)
}

// Member is a person in a tenant.
type Member struct {
	Person
	// State is "active", "pending" or "suspended".
	State string
	// WorkNo is the job number.
	WorkNo string
	Title  string
	// ManagerID is the direct superior, another member; empty when not known.
	ManagerID string
	// DepartmentIDs are the platform's ids.
	DepartmentIDs []string
}

// Members returns a page of a tenant's people by the time of their joining,
// and the number of all. Pages count from 1; size is 1 to tenant.MaxPageLimit.
func (p *People) Members(ctx context.Context, t tenant.ID, page, size int) ([]Member, int, error) {
	size = tenant.Page{Limit: size}.Size()
	total, err := p.store.idb(ctx).NewSelect().TableExpr("thirdapp_memberships").Where("tenant_id = ?", t).Count(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("bunstore: members: %w", storeError(err))
	}
	var rows []struct {
		personRow
		State       string
		WorkNo      string
		Title       string
		ManagerID   string
		Departments string
	}
	err = p.store.idb(ctx).NewRaw(`SELECT `+personColumns+`, m.state, m.work_no, m.title, m.manager_id,
		COALESCE((SELECT string_agg(d.department_id, ',') FROM thirdapp_department_members AS d
			WHERE d.tenant_id = m.tenant_id AND d.person_id = m.person_id), '') AS departments
		FROM thirdapp_memberships AS m JOIN thirdapp_people AS p ON p.id = m.person_id
		WHERE m.tenant_id = ? ORDER BY m.created_at, m.person_id LIMIT ? OFFSET ?`,
		t, size, (max(page, 1)-1)*size).Scan(ctx, &rows)
	if err != nil {
		return nil, 0, fmt.Errorf("bunstore: members: %w", storeError(err))
	}
	members := make([]Member, len(rows))
	for i, r := range rows {
		members[i] = Member{Person: r.person(), State: r.State, WorkNo: r.WorkNo, Title: r.Title, ManagerID: r.ManagerID}
		if r.Departments != "" {
			members[i].DepartmentIDs = strings.Split(r.Departments, ",")
		}
	}
	return members, int(total), nil
}

// Department is a department of a tenant.
type Department struct {
	ID string
	// ParentID is empty at the top.
	ParentID string
	Name     string
	// Order is the position among its siblings, smaller first.
	Order int64 `bun:"sort_order"`
	// RemoteID is its id at the office app; empty for one of the platform's
	// own.
	RemoteID string
	// Path is the ids from the top down to itself, each after a slash: those
	// below it are the departments whose path begins with it and a slash.
	Path string
	// Names are the names of the departments of Path.
	Names []string `bun:"-"`
}

// Departments returns all departments of a tenant, siblings in their order.
func (p *People) Departments(ctx context.Context, t tenant.ID) ([]Department, error) {
	list := []Department{}
	err := p.store.idb(ctx).NewRaw(`SELECT id, parent_id, name, sort_order, remote_id, path FROM thirdapp_departments
		WHERE tenant_id = ? ORDER BY parent_id, sort_order, id`, t).Scan(ctx, &list)
	if err != nil {
		return nil, fmt.Errorf("bunstore: departments: %w", storeError(err))
	}
	names := make(map[string]string, len(list))
	for _, d := range list {
		names[d.ID] = d.Name
	}
	for i := range list {
		for _, id := range pathIDs(list[i].Path) {
			list[i].Names = append(list[i].Names, names[id])
		}
	}
	return list, nil
}

const personColumns = `p.id, p.username, p.realname, COALESCE(p.phone, '') AS phone, COALESCE(p.email, '') AS email,
	p.avatar_url, p.disabled, p.must_change_password, p.created_at`

type personRow struct {
	ID                 string
	Username           string
	Realname           string
	Phone              string
	Email              string
	AvatarURL          string `bun:"avatar_url"`
	Disabled           bool
	MustChangePassword bool
	CreatedAt          time.Time
}

func (r personRow) person() Person {
	return Person{
		ID: r.ID, Username: r.Username, Realname: r.Realname, Phone: r.Phone, Email: r.Email, AvatarURL: r.AvatarURL,
		Disabled: r.Disabled, MustChangePassword: r.MustChangePassword, CreatedAt: r.CreatedAt.UTC(),
	}
}

// personError names the unique value that is taken.
func personError(err error) error {
	if translated := storeError(err); !errors.Is(translated, tenant.ErrConflict) {
		return translated
	}
	constraint := constraintOf(err)
	for _, field := range []string{"username", "phone", "email"} {
		if strings.Contains(constraint, field) {
			return &PersonConflictError{Field: field}
		}
	}
	return tenant.ErrConflict
}
