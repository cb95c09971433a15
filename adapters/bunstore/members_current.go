package bunstore

import (
	"context"
	"fmt"

	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// Current implements dirsync.Members. The user id that stands for a missing job
// number is shown as none. Phone and email are fixed of an account that is a
// member of another tenant as well, or a platform administrator's.
func (p *People) Current(
	ctx context.Context, dir dirsync.Directory, people []dirsync.PersonRef,
) ([]dirsync.CurrentPerson, error) {
	if len(people) == 0 {
		return nil, nil
	}
	var rows []struct {
		accountRow
		RemoteID string
	}
	err := p.store.idb(ctx).NewRaw(`SELECT v.remote_id, p.id, p.realname, COALESCE(p.phone, '') AS phone,
			COALESCE(p.email, '') AS email, p.avatar_url,
			m.person_id IS NOT NULL AS member, COALESCE(m.work_no, '') AS work_no, COALESCE(m.title, '') AS title,
			`+reachColumns+`
		FROM ? JOIN thirdapp_people AS p ON p.id = v.id
		LEFT JOIN thirdapp_memberships AS m ON m.tenant_id = ? AND m.person_id = p.id`,
		dir.Tenant, tenant.Platform, valuesOf("v", people).
			text("id", func(r *dirsync.PersonRef) string { return r.LocalID }).
			text("remote_id", func(r *dirsync.PersonRef) string { return string(r.RemoteID) }).values,
		dir.Tenant).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("bunstore: current people: %w", storeError(err))
	}
	list := make([]dirsync.CurrentPerson, len(rows))
	for i, r := range rows {
		if r.WorkNo == r.RemoteID {
			r.WorkNo = ""
		}
		list[i] = dirsync.CurrentPerson{
			LocalID: r.ID, InTenant: r.Member, Name: r.Realname, Mobile: r.Phone, Email: r.Email,
			JobNumber: r.WorkNo, Title: r.Title, AvatarURL: r.AvatarURL,
		}
		if r.Shared || r.Administrator {
			list[i].Fixed = list[i].Fixed.With(dirsync.FieldMobile, dirsync.FieldEmail)
		}
	}
	return list, nil
}
