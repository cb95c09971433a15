package tinksecrets

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/thirdapp/thirdapp/provider"
)

// errMalformed stands for everything that is wrong with a keyset: what the
// parser says of it may quote the keys.
var errMalformed = errors.New("not a Tink keyset in JSON, or one without a usable primary key")

// GenerateKeyset returns a new keyset with one AES-256-GCM key, in JSON.
func GenerateKeyset() (provider.Secret, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return provider.Secret{}, fmt.Errorf("tinksecrets: generate keyset: %w", err)
	}
	return write(handle)
}

// AddKey returns the keyset with a new AES-256-GCM key, and the key's id. It
// opens; another key goes on sealing until [UseKey] says otherwise.
func AddKey(ks provider.Secret) (with provider.Secret, keyID string, err error) {
	with, err = edit(ks, "add key", func(m *keyset.Manager) error {
		id, err := m.Add(aead.AES256GCMKeyTemplate())
		keyID = keyName(id)
		return err
	})
	if err != nil {
		return provider.Secret{}, "", err
	}
	return with, keyID, nil
}

// UseKey returns the keyset with one of its keys as the one that seals. Every
// process must have the key by now.
func UseKey(ks provider.Secret, keyID string) (provider.Secret, error) {
	return edit(ks, "use key", func(m *keyset.Manager) error {
		id, err := parseKeyName(keyID)
		if err != nil {
			return err
		}
		return m.SetPrimary(id)
	})
}

// Rotate is [AddKey] and [UseKey] in one, for a host of one process.
func Rotate(ks provider.Secret) (provider.Secret, error) {
	return edit(ks, "rotate", func(m *keyset.Manager) error {
		id, err := m.Add(aead.AES256GCMKeyTemplate())
		if err != nil {
			return err
		}
		return m.SetPrimary(id)
	})
}

// Remove returns the keyset without a key: what that key sealed cannot be opened
// any more. The key that seals now cannot be removed.
func Remove(ks provider.Secret, keyID string) (provider.Secret, error) {
	return edit(ks, "remove", func(m *keyset.Manager) error {
		id, err := parseKeyName(keyID)
		if err != nil {
			return err
		}
		return m.Delete(id)
	})
}

func edit(ks provider.Secret, op string, change func(*keyset.Manager) error) (provider.Secret, error) {
	handle, err := read(ks)
	if err != nil {
		return provider.Secret{}, fmt.Errorf("tinksecrets: %s: %w", op, err)
	}
	manager := keyset.NewManagerFromHandle(handle)
	if err := change(manager); err != nil {
		return provider.Secret{}, fmt.Errorf("tinksecrets: %s: %w", op, err)
	}
	if handle, err = manager.Handle(); err != nil {
		return provider.Secret{}, fmt.Errorf("tinksecrets: %s: %w", op, err)
	}
	return write(handle)
}

func read(ks provider.Secret) (*keyset.Handle, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(strings.NewReader(ks.Reveal())))
	if err != nil {
		return nil, errMalformed
	}
	if _, err := handle.Primary(); err != nil {
		return nil, errMalformed
	}
	return handle, nil
}

func write(handle *keyset.Handle) (provider.Secret, error) {
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buf)); err != nil {
		return provider.Secret{}, fmt.Errorf("tinksecrets: write keyset: %w", err)
	}
	return provider.NewSecret(buf.String()), nil
}

// keyName is how a key is called in tenant.Sealed.
func keyName(id uint32) string { return strconv.FormatUint(uint64(id), 10) }

func parseKeyName(keyID string) (uint32, error) {
	id, err := strconv.ParseUint(keyID, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("malformed key id %q", keyID)
	}
	return uint32(id), nil
}
