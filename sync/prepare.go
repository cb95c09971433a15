package sync

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
)

// prepare completes the changes of a batch before its transaction begins.
func (w *worker) prepare(ctx context.Context, list []PendingPerson) error {
	rules := w.claim.Run.Rules
	var prefix *string
	for i := range list {
		p := &list[i]
		p.Join = rules.Existing.Join
		if p.Kind.Removes() {
			continue
		}
		if p.LocalID != "" {
			p.Keep = rules.keeps(p.Owned)
			continue
		}
		p.Owned, p.Join, p.Username = true, JoinActive, rules.AccountName.of(&p.Person)
		if rules.InitialPassword != HouseNumberMobile {
			continue
		}
		if w.cfg.HouseNumbers == nil {
			return &fatalError{errNoHouseNumbers()}
		}
		if prefix == nil {
			number, err := w.cfg.HouseNumbers(ctx, w.claim.Run.Tenant)
			if err != nil {
				return fmt.Errorf("house number: %w", err)
			}
			prefix = &number
		}
		hash, err := w.hash(provider.NewSecret(*prefix + p.Mobile))
		if err != nil {
			return err
		}
		p.PasswordHash = hash
	}
	return nil
}

// keeps returns the fields of an account that do not follow the directory.
func (r Rules) keeps(owned bool) FieldSet {
	if !owned && r.Existing.Fields == FieldsKeep {
		return FieldSet(0).With(PersonFields()...)
	}
	return 0
}
