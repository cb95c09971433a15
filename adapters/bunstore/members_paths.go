package bunstore

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// A department's path is the ids from the top down to itself, each after a
// slash: it is kept beside the parent, so that what is below a department is
// what begins with its path.

// placeDepartments sets the paths of departments that are astray, and of
// everything below them, in one statement. A new department below one that was
// there before has its path already: only moves, and parents and children that
// were written together, are left. Whatever their order, each path is found from
// the parents as they are now.
func (s *Store) placeDepartments(ctx context.Context, t tenant.ID, list []foundDepartment) error {
	list = slices.DeleteFunc(list, func(d foundDepartment) bool { return !d.Astray })
	if len(list) == 0 {
		return nil
	}
	rows := valuesOf("v", list).text("id", func(d *foundDepartment) string { return d.ID }).values
	_, err := s.idb(ctx).NewRaw(`WITH RECURSIVE
		up (id, parent, path) AS (
			SELECT d.id, d.parent_id, '/' || d.id FROM ?1 JOIN thirdapp_departments AS d ON d.tenant_id = ?0 AND d.id = v.id
			UNION
			SELECT up.id, p.parent_id, '/' || p.id || up.path
			FROM up JOIN thirdapp_departments AS p ON p.tenant_id = ?0 AND p.id = up.parent
			WHERE `+notWithin("p.id", "up.path")+`
		),
		below (id, path) AS (
			SELECT up.id, up.path FROM up WHERE NOT EXISTS (
				SELECT 1 FROM thirdapp_departments AS p WHERE p.tenant_id = ?0 AND p.id = up.parent)
			UNION
			SELECT c.id, below.path || '/' || c.id
			FROM below JOIN thirdapp_departments AS c ON c.tenant_id = ?0 AND c.parent_id = below.id
			WHERE `+notWithin("c.id", "below.path")+`
		)
		UPDATE thirdapp_departments AS d SET path = below.path FROM below
		WHERE d.tenant_id = ?0 AND d.id = below.id AND d.path <> below.path`, t, rows).Exec(ctx)
	return err
}

// notWithin is the condition that an id is not in a path: the walk ends where
// departments are each other's parents.
func notWithin(id, path string) string {
	return "replace(" + path + " || '/', '/' || " + id + " || '/', '') = " + path + " || '/'"
}

// rings returns those of the departments to be written that would come to be
// below themselves.
func (p *People) rings(ctx context.Context, t tenant.ID, list []departmentItem) (map[string]bool, error) {
	written := make(map[string]string, len(list))
	for _, d := range list {
		written[d.id] = d.ParentLocalID
	}
	var outside []string
	for _, d := range list {
		if _, ok := written[d.ParentLocalID]; !ok && d.ParentLocalID != "" {
			outside = append(outside, d.ParentLocalID)
		}
	}
	above, err := p.ancestors(ctx, t, outside)
	if err != nil {
		return nil, err
	}
	rings := make(map[string]bool)
	for _, d := range list {
		if belowItself(d.id, written, above) {
			rings[d.id] = true
		}
	}
	return rings, nil
}

// ancestors returns the ids above departments, themselves included, the nearest
// first.
func (p *People) ancestors(ctx context.Context, t tenant.ID, ids []string) (map[string][]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []struct{ ID, Above string }
	err := p.store.idb(ctx).NewRaw(`WITH RECURSIVE up (id, above, parent, path) AS (
			SELECT d.id, d.id, d.parent_id, '/' || d.id FROM thirdapp_departments AS d WHERE d.tenant_id = ?0 AND d.id IN (?1)
			UNION
			SELECT up.id, p.id, p.parent_id, '/' || p.id || up.path
			FROM up JOIN thirdapp_departments AS p ON p.tenant_id = ?0 AND p.id = up.parent
			WHERE `+notWithin("p.id", "up.path")+`
		)
		SELECT id, above FROM up ORDER BY id, length(path)`, t, bun.List(ids)).Scan(ctx, &rows)
	above := make(map[string][]string, len(ids))
	for _, r := range rows {
		above[r.ID] = append(above[r.ID], r.Above)
	}
	return above, err
}

// belowItself walks up from a department: by the parents that are being written,
// and where a department is not, by those it has.
func belowItself(id string, written map[string]string, above map[string][]string) bool {
	seen := make(map[string]bool)
	for at := written[id]; at != ""; {
		if at == id {
			return true
		}
		if seen[at] {
			return false // a ring of others
		}
		seen[at] = true
		if parent, ok := written[at]; ok {
			at = parent
			continue
		}
		next := ""
		for _, a := range above[at] {
			if _, ok := written[a]; ok {
				next = a
				break
			}
		}
		at = next
	}
	return false
}

// pathIDs returns the ids of a path, from the top.
func pathIDs(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(strings.TrimPrefix(path, "/"), "/")
}

func refusedRing() provider.Text {
	return provider.Text{ZH: "上级部门是其自身或其下级部门", EN: "its parent is the department itself, or below it"}
}
