package tinksecrets

import (
	"context"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

var _ tenant.Sealer = (*Sealer)(nil)

// Sealer implements tenant.Sealer with the keys of a keyset.
type Sealer struct {
	aead    tink.AEAD
	current string
	known   map[string]bool
}

// New returns a Sealer with the keys of a keyset in JSON.
func New(keyset provider.Secret) (*Sealer, error) {
	handle, err := read(keyset)
	if err != nil {
		return nil, fmt.Errorf("tinksecrets: new: %w", err)
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("tinksecrets: new: %w", err)
	}
	primary, err := handle.Primary()
	if err != nil {
		return nil, fmt.Errorf("tinksecrets: new: %w", err)
	}
	s := &Sealer{aead: primitive, current: keyName(primary.KeyID()), known: make(map[string]bool)}
	for _, key := range handle.KeysetInfo().GetKeyInfo() {
		s.known[keyName(key.GetKeyId())] = true
	}
	return s, nil
}

// CurrentKey implements tenant.Sealer.
func (s *Sealer) CurrentKey() string { return s.current }

// Seal implements tenant.Sealer.
func (s *Sealer) Seal(_ context.Context, plaintext provider.Secret, associated string) (tenant.Sealed, error) {
	ciphertext, err := s.aead.Encrypt([]byte(plaintext.Reveal()), []byte(associated))
	if err != nil {
		return tenant.Sealed{}, fmt.Errorf("tinksecrets: seal: %w", err)
	}
	return tenant.Sealed{KeyID: s.current, Ciphertext: ciphertext}, nil
}

// Open implements tenant.Sealer.
func (s *Sealer) Open(_ context.Context, sealed tenant.Sealed, associated string) (provider.Secret, error) {
	if !s.known[sealed.KeyID] {
		return provider.Secret{}, fmt.Errorf("tinksecrets: open: the keyset has no key %q", sealed.KeyID)
	}
	plaintext, err := s.aead.Decrypt(sealed.Ciphertext, []byte(associated))
	if err != nil {
		return provider.Secret{}, fmt.Errorf("tinksecrets: open: %w", err)
	}
	return provider.NewSecret(string(plaintext)), nil
}
