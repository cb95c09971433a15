package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/thirdapp/thirdapp/provider"
)

// The cost of a hash: the second recommended choice of OWASP's Password Storage
// Cheat Sheet for argon2id (19 MiB, 2 passes, 1 thread).
const (
	memoryKiB = 19 * 1024
	passes    = 2
	threads   = 1
	saltBytes = 16
	keyBytes  = 32
)

// The bounds of what Verify computes, whatever a stored string asks for.
const (
	maxMemoryKiB = 256 * 1024
	maxPasses    = 16
	maxThreads   = 16
	maxKeyBytes  = 128
)

var errMalformed = errors.New("password: malformed hash")

// Hash returns the argon2id PHC string of a password, with a new salt. It takes
// about 20 ms of one processor and 19 MiB.
func Hash(password provider.Secret) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("password: salt: %w", err)
	}
	key := argon2.IDKey([]byte(password.Reveal()), salt, passes, memoryKiB, threads, keyBytes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, threads,
		encode(salt), encode(key)), nil
}

// Verify reports whether the password is the one behind a PHC string made by
// Hash, of whatever cost within bounds. No password matches an empty or
// malformed string.
func Verify(hash string, password provider.Secret) bool {
	h, err := parse(hash)
	if err != nil {
		return false
	}
	key := argon2.IDKey([]byte(password.Reveal()), h.salt, h.passes, h.memory, h.threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

type parsed struct {
	memory, passes uint32
	threads        uint8
	salt, key      []byte
}

func parse(hash string) (parsed, error) {
	var h parsed
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, errMalformed
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.threads); err != nil {
		return h, errMalformed
	}
	if h.memory > maxMemoryKiB || h.passes < 1 || h.passes > maxPasses || h.threads < 1 || h.threads > maxThreads {
		return h, errMalformed
	}
	var saltErr, keyErr error
	h.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, keyErr = base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(h.key) == 0 || len(h.key) > maxKeyBytes {
		return h, errMalformed
	}
	return h, nil
}

func encode(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }
