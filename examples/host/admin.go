package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const adminName = "admin"

// ensureAdmin creates the administrator of the platform at the first start, and
// returns their password, "" when it is not known. A password given by flag
// holds from then on.
func (p *platform) ensureAdmin(ctx context.Context) (string, error) {
	password, err := p.adminAccount(ctx)
	if err != nil {
		return "", fmt.Errorf("create administrator: %w", err)
	}
	_, err = p.module.Tenants().Grant(tenant.AsSystem(ctx, "setup"), tenant.Platform, adminName, tenant.RolePlatformAdmin)
	return password, err
}

func (p *platform) adminAccount(ctx context.Context) (string, error) {
	admin, err := p.stack.People.ByUsername(ctx, adminName)
	switch given := p.cfg.adminPassword; {
	case errors.Is(err, tenant.ErrNotFound):
		return p.createAdmin(ctx)
	case err != nil:
		return "", err
	case given != "":
		return given, p.stack.People.SetPassword(ctx, admin.ID, provider.NewSecret(given), false)
	}
	return p.keptPassword(ctx)
}

// createAdmin creates the account. The file with a random password comes first,
// so that processes that start together, or one after a crash, agree on it.
func (p *platform) createAdmin(ctx context.Context) (string, error) {
	secret := provider.NewSecret(p.cfg.adminPassword)
	if secret.IsZero() {
		var err error
		if secret, err = secretFile(p.cfg.adminFile(), randomPassword); err != nil {
			return "", err
		}
	}
	_, err := p.stack.People.Create(ctx, bunstore.NewPerson{Username: adminName, Realname: "管理员", Password: secret})
	if errors.Is(err, tenant.ErrConflict) {
		err = nil // another process was first
	}
	return secret.Reveal(), err
}

// keptPassword returns the password of the first start while it is still the
// administrator's: it may have been changed since.
func (p *platform) keptPassword(ctx context.Context) (string, error) {
	secret, err := readSecret(p.cfg.adminFile())
	if err != nil || secret.IsZero() {
		return "", err
	}
	_, err = p.stack.People.Authenticate(ctx, adminName, secret)
	if errors.Is(err, tenant.ErrNotFound) {
		return "", nil
	}
	return secret.Reveal(), err
}
