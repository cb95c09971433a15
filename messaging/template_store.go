package messaging

import (
	"context"

	"github.com/thirdapp/thirdapp/tenant"
)

// TemplateStore keeps templates, by name and version.
type TemplateStore interface {
	// LockTemplates waits until no other transaction holds the lock of the
	// tenant's templates, and holds it until the transaction of the context
	// ends. There must be one.
	LockTemplates(ctx context.Context, t tenant.ID) error

	// CountTemplates returns how many templates, whatever their versions, the
	// tenant has.
	CountTemplates(ctx context.Context, t tenant.ID) (int, error)

	// AddTemplateVersion stores tpl, whatever its Version says, under the
	// number after the highest one its name ever had in the tenant, and returns
	// that. Of the older versions the newest keep-1 stay, the others are
	// removed.
	AddTemplateVersion(ctx context.Context, tpl Template, keep int) (version int, err error)

	// Template returns a version, the newest one for 0; ErrNotFound when there
	// is none.
	Template(ctx context.Context, t tenant.ID, name string, version int) (Template, error)

	// Templates returns the newest version of each template, by name in the
	// order of bytes.
	Templates(ctx context.Context, t tenant.ID, p tenant.Page) (tenant.List[Template], error)

	// TemplateVersions returns the versions of a template, newest first; it is
	// empty when there is no such template.
	TemplateVersions(ctx context.Context, t tenant.ID, name string, p tenant.Page) (tenant.List[Template], error)

	// DeleteTemplate removes a template with all versions; ErrNotFound when
	// there is none.
	DeleteTemplate(ctx context.Context, t tenant.ID, name string) error
}
