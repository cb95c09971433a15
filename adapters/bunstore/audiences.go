package bunstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ messaging.Audiences = (*Store)(nil)

// Members implements messaging.Audiences over the platform's own people, by
// user id. Roles are refused: this platform has none.
func (s *Store) Members(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, of messaging.Selection, after string, limit int,
) (list []messaging.Account, next string, err error) {
	if len(of.Roles) > 0 {
		return nil, "", errNoRoles()
	}
	if list, next, err = s.departmentMembers(ctx, t, kind, orgID, of.DepartmentIDs, after, limit); err != nil {
		return nil, "", fmt.Errorf("bunstore: members of departments: %w", err)
	}
	return list, next, nil
}

// departmentMembers asks three times, each by index. In one statement
// PostgreSQL would not know how many people the departments have, and sort all
// of them for every page.
func (s *Store) departmentMembers(
	ctx context.Context, t tenant.ID, kind provider.Kind, orgID string, departments []string, after string, limit int,
) (list []messaging.Account, next string, err error) {
	if len(departments) == 0 {
		return nil, "", nil
	}
	if err := checkText(append([]string{after}, departments...)...); err != nil {
		return nil, "", err
	}
	all, err := s.withDescendants(ctx, t, departments)
	if err != nil {
		return nil, "", err
	}
	ids, err := s.peopleOf(ctx, t, all, after, limit+1)
	if err != nil || len(ids) == 0 {
		return nil, "", err
	}
	if len(ids) > limit {
		ids = ids[:limit]
		next = ids[limit-1]
	}
	list, err = s.accounts(ctx, t, kind, orgID, "p.id", ids)
	inOrder(list, ids)
	return list, next, err
}

// withDescendants returns departments and all below them. UNION ends it even
// where departments are each other's parents. By CROSS JOIN SQLite looks up
// what is below one department after the other; it would go through all
// departments for each of them.
func (s *Store) withDescendants(ctx context.Context, t tenant.ID, ids []string) ([]string, error) {
	var all []string
	err := s.idb(ctx).NewRaw(`
		WITH RECURSIVE below (id) AS (
			SELECT id FROM thirdapp_departments WHERE tenant_id = ?0 AND id IN (?1)
			UNION
			SELECT d.id FROM below CROSS JOIN thirdapp_departments AS d WHERE d.tenant_id = ?0 AND d.parent_id = below.id
		)
		SELECT id FROM below`, t, bun.List(ids)).Scan(ctx, &all)
	if err != nil {
		return nil, storeError(err)
	}
	for _, id := range ids {
		if !slices.Contains(all, id) {
			return nil, errNoDepartment(id)
		}
	}
	return all, nil
}

// peopleOf returns the ids of the people in any of the departments, each once.
// They are in the order of the index, which is the database's own.
func (s *Store) peopleOf(
	ctx context.Context, t tenant.ID, departments []string, after string, limit int,
) (ids []string, err error) {
	err = s.idb(ctx).NewRaw(`SELECT DISTINCT person_id FROM thirdapp_department_members
		WHERE tenant_id = ? AND department_id IN (?) AND person_id > ? ORDER BY person_id LIMIT ?`,
		t, bun.List(departments), after, limit).Scan(ctx, &ids)
	return ids, storeError(err)
}

// inOrder sorts accounts as the ids are.
func inOrder(list []messaging.Account, ids []string) {
	position := make(map[string]int, len(ids))
	for i, id := range ids {
		position[id] = i
	}
	slices.SortFunc(list, func(a, b messaging.Account) int {
		return cmp.Compare(position[a.UserID], position[b.UserID])
	})
}

func errNoDepartment(id string) error {
	return tenant.Refuse(provider.NotFound, "department_not_found",
		fmt.Sprintf("部门%q不存在，请检查部门ID", id),
		fmt.Sprintf("there is no department %q in this tenant; check the id", id)).
		WithField("recipients.departmentIds")
}

func errNoRoles() error {
	return tenant.Refuse(provider.Unsupported, "no_roles",
		"本平台没有角色，请改用departmentIds、usernames或userIds",
		"this platform has no roles; use departmentIds, usernames or userIds").
		WithField("recipients.roles")
}
