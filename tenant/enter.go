package tenant

import (
	"context"
	"fmt"
	"slices"
)

// Enter reports whether a user may act in the requested tenant: as one of the
// tenants they are a member of, or anywhere with RolePlatformAdmin. It returns
// nil, ErrNotAMember, a refusal of a malformed id (Platform among them), or
// what kept the authorizer from telling. What they may do there is another
// question.
func (s *Service) Enter(ctx context.Context, userID string, member []ID, requested ID) error {
	if _, err := ParseID(string(requested)); err != nil {
		return err
	}
	if slices.Contains(member, requested) {
		return nil
	}
	everywhere, err := s.authz.Everywhere(ctx, userID)
	switch {
	case err != nil:
		return fmt.Errorf("tenant: enter: %w", err)
	case !everywhere:
		return ErrNotAMember
	}
	return nil
}
