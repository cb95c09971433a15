package events

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const (
	// secretPrefix begins every signing secret, as the standard says.
	secretPrefix = "whsec_"
	// secretBytes is the length of a signing key; the standard wants 24 to 64.
	secretBytes = 32
	// rotationPeriod is how long the secret before the last rotation still
	// signs.
	rotationPeriod = 24 * time.Hour
)

// newSecret returns a signing secret that was never used before.
func newSecret() provider.Secret {
	key := make([]byte, secretBytes)
	_, _ = rand.Read(key) // never fails: it ends the process instead
	return provider.NewSecret(secretPrefix + base64.StdEncoding.EncodeToString(key))
}

// seal encrypts the signing secret of a subscription for its place.
func (s *Service) seal(ctx context.Context, sub Subscription, secret provider.Secret) (tenant.Sealed, error) {
	return s.sealer.Seal(ctx, secret, place(sub))
}

// valid returns the secrets that sign now, the current one first. A previous one
// that cannot be read is left out: it may be why there was a rotation.
func (s *Service) valid(ctx context.Context, sub Stored, now time.Time) ([]provider.Secret, error) {
	current, err := s.sealer.Open(ctx, sub.Secrets.Current, place(sub.Subscription))
	if err != nil {
		return nil, err
	}
	secrets := []provider.Secret{current}
	if now.Before(sub.Secrets.PreviousUntil) {
		if previous, err := s.sealer.Open(ctx, sub.Secrets.Previous, place(sub.Subscription)); err == nil {
			secrets = append(secrets, previous)
		}
	}
	return secrets, nil
}

// place names where a signing secret belongs. The length before each part keeps
// two places from having one name. A secret stays where it is when the next one
// takes over.
func place(sub Subscription) string {
	var b strings.Builder
	b.WriteString("thirdapp/subscription-secret")
	for _, part := range []string{string(sub.Tenant), sub.ID, "signing"} {
		b.WriteByte('/')
		b.WriteString(strconv.Itoa(len(part)))
		b.WriteByte(':')
		b.WriteString(part)
	}
	return b.String()
}
