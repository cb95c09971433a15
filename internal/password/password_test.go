package password_test

import (
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/internal/password"
	"github.com/thirdapp/thirdapp/provider"
)

func TestHash(t *testing.T) {
	t.Parallel()
	secret := provider.NewSecret("B12-13800000000")
	a, err := password.Hash(secret)
	if err != nil {
		t.Fatal(err)
	}
	b, err := password.Hash(secret)
	if err != nil {
		t.Fatal(err)
	}
	if a == b {
		t.Error("two hashes of one password are equal, want different salts")
	}
	if !strings.HasPrefix(a, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("Hash = %q, want an argon2id PHC string", a)
	}
	if !password.Verify(a, secret) {
		t.Error("Verify = false for the right password")
	}
	if password.Verify(a, provider.NewSecret("other")) {
		t.Error("Verify = true for a wrong password")
	}
}

func TestVerifyMalformed(t *testing.T) {
	t.Parallel()
	good, err := password.Hash(provider.NewSecret(""))
	if err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{
		"", "plain", good[:len(good)-50], strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "v=19", "v=18", 1), strings.Replace(good, "t=2", "t=0", 1),
		strings.Replace(good, "m=19456", "m=4294967295", 1), strings.Replace(good, "p=1", "p=0", 1),
		"$argon2id$v=19$m=19456,t=2,p=1$$",
	} {
		if password.Verify(hash, provider.NewSecret("")) {
			t.Errorf("Verify(%q) = true, want false", hash)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$a2V5")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(_ *testing.T, hash string) {
		if strings.Contains(hash, "m=") && !strings.Contains(hash, "m=8,") {
			return // only cheap ones
		}
		password.Verify(hash, provider.NewSecret("x"))
	})
}
