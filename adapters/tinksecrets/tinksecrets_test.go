package tinksecrets_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

const place = "tenant-1/app-1/clientSecret"

func newKeyset(tb testing.TB) provider.Secret {
	tb.Helper()
	ks, err := tinksecrets.GenerateKeyset()
	if err != nil {
		tb.Fatal(err)
	}
	return ks
}

func newSealer(tb testing.TB, ks provider.Secret) *tinksecrets.Sealer {
	tb.Helper()
	s, err := tinksecrets.New(ks)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func seal(tb testing.TB, s *tinksecrets.Sealer, plaintext string) tenant.Sealed {
	tb.Helper()
	sealed, err := s.Seal(tb.Context(), provider.NewSecret(plaintext), place)
	if err != nil {
		tb.Fatal(err)
	}
	return sealed
}

func wantOpens(tb testing.TB, s *tinksecrets.Sealer, sealed tenant.Sealed, want string) {
	tb.Helper()
	got, err := s.Open(tb.Context(), sealed, place)
	if err != nil || got.Reveal() != want {
		tb.Errorf("Open = %q, %v; want %q, nil", got.Reveal(), err, want)
	}
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	s := newSealer(t, newKeyset(t))
	for _, plaintext := range []string{"", "x", "密钥 \x00\xff", strings.Repeat("long ", 1000)} {
		sealed := seal(t, s, plaintext)
		if sealed.KeyID != s.CurrentKey() {
			t.Errorf("got key id %q, want %q", sealed.KeyID, s.CurrentKey())
		}
		if len(plaintext) > 1 && bytes.Contains(sealed.Ciphertext, []byte(plaintext)) {
			t.Errorf("the ciphertext of %q contains it", plaintext)
		}
		wantOpens(t, s, sealed, plaintext)
	}
	if bytes.Equal(seal(t, s, "same").Ciphertext, seal(t, s, "same").Ciphertext) {
		t.Error("sealing twice gives the same ciphertext")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	const plaintext = "s3cr3t-plaintext"
	s := newSealer(t, newKeyset(t))
	sealed := seal(t, s, plaintext)
	damaged := tenant.Sealed{KeyID: sealed.KeyID, Ciphertext: bytes.Clone(sealed.Ciphertext)}
	damaged.Ciphertext[len(damaged.Ciphertext)-1] ^= 1
	for name, test := range map[string]struct {
		sealer     *tinksecrets.Sealer
		sealed     tenant.Sealed
		associated string
	}{
		"another place":    {s, sealed, "tenant-2/app-1/clientSecret"},
		"no place":         {s, sealed, ""},
		"another keyset":   {newSealer(t, newKeyset(t)), sealed, place},
		"damaged":          {s, damaged, place},
		"cut short":        {s, tenant.Sealed{KeyID: sealed.KeyID, Ciphertext: sealed.Ciphertext[:4]}, place},
		"empty":            {s, tenant.Sealed{KeyID: sealed.KeyID}, place},
		"without a key id": {s, tenant.Sealed{Ciphertext: sealed.Ciphertext}, place},
	} {
		got, err := test.sealer.Open(t.Context(), test.sealed, test.associated)
		if err == nil || !got.IsZero() {
			t.Errorf("%s: got %q, %v; want an error", name, got.Reveal(), err)
			continue
		}
		if strings.Contains(err.Error(), plaintext) {
			t.Errorf("%s: the error contains the plaintext", name)
		}
	}
}

func TestRotateAndRemove(t *testing.T) {
	t.Parallel()
	first := newKeyset(t)
	old := newSealer(t, first)
	sealed := seal(t, old, "kept")

	second, err := tinksecrets.Rotate(first)
	if err != nil {
		t.Fatal(err)
	}
	rotated := newSealer(t, second)
	if rotated.CurrentKey() == old.CurrentKey() {
		t.Error("the key that seals is still the old one")
	}
	wantOpens(t, rotated, sealed, "kept")
	resealed := seal(t, rotated, "kept")
	if _, err := old.Open(t.Context(), resealed, place); err == nil {
		t.Error("the old keyset opens what the new key sealed")
	}

	if _, err := tinksecrets.Remove(second, rotated.CurrentKey()); err == nil {
		t.Error("Remove of the key that seals: got no error")
	}
	for _, id := range []string{"", "x", "4294967296", "1"} {
		if _, err := tinksecrets.Remove(second, id); err == nil {
			t.Errorf("Remove of key %q: got no error", id)
		}
	}
	third, err := tinksecrets.Remove(second, old.CurrentKey())
	if err != nil {
		t.Fatal(err)
	}
	removed := newSealer(t, third)
	wantOpens(t, removed, resealed, "kept")
	if _, err := removed.Open(t.Context(), sealed, place); err == nil {
		t.Error("opens what a removed key sealed")
	}
}

// TestAddAndUse: a key that was added opens everywhere before it seals anywhere.
func TestAddAndUse(t *testing.T) {
	t.Parallel()
	first := newKeyset(t)
	old := newSealer(t, first)
	second, id, err := tinksecrets.AddKey(first)
	if err != nil {
		t.Fatal(err)
	}
	added := newSealer(t, second)
	if added.CurrentKey() != old.CurrentKey() || id == old.CurrentKey() {
		t.Errorf("with key %s added, %s seals; want %s still", id, added.CurrentKey(), old.CurrentKey())
	}
	wantOpens(t, old, seal(t, added, "before"), "before")

	third, err := tinksecrets.UseKey(second, id)
	if err != nil {
		t.Fatal(err)
	}
	used := newSealer(t, third)
	if used.CurrentKey() != id {
		t.Errorf("key %s seals, want %s", used.CurrentKey(), id)
	}
	wantOpens(t, added, seal(t, used, "after"), "after")
	wantOpens(t, used, seal(t, old, "before"), "before")
	for _, id := range []string{"", "x", "4294967296", "1"} {
		if _, err := tinksecrets.UseKey(second, id); err == nil {
			t.Errorf("UseKey of key %q: got no error", id)
		}
	}
}

// TestMalformedKeysets has keysets that are almost right: no error may quote
// their keys.
func TestMalformedKeysets(t *testing.T) {
	t.Parallel()
	good := newKeyset(t).Reveal()
	key := good[strings.Index(good, `"value":"`)+len(`"value":"`):]
	key = key[:strings.Index(key, `"`)]
	for name, ks := range map[string]string{
		"empty": "", "not JSON": "keyset", "no keys": `{"primaryKeyId":1,"key":[]}`,
		"cut short":       good[:len(good)-2],
		"key not base64":  strings.Replace(good, key, key+"!", 1),
		"key not a key":   strings.Replace(good, key, "AAAA", 1),
		"unknown field":   strings.Replace(good, `"value"`, `"valu"`, 1),
		"another primary": strings.Replace(good, `"primaryKeyId":`, `"primaryKeyId":1`, 1),
	} {
		ks := provider.NewSecret(ks)
		_, err := tinksecrets.New(ks)
		_, rotateErr := tinksecrets.Rotate(ks)
		_, removeErr := tinksecrets.Remove(ks, "1")
		_, _, addErr := tinksecrets.AddKey(ks)
		_, useErr := tinksecrets.UseKey(ks, "1")
		for _, err := range []error{err, rotateErr, removeErr, addErr, useErr} {
			if err == nil {
				t.Errorf("%s: got no error", name)
			} else if strings.Contains(err.Error(), key[:8]) {
				t.Errorf("%s: the error quotes the key: %v", name, err)
			}
		}
	}
}

func TestSealerConcurrently(t *testing.T) {
	t.Parallel()
	s := newSealer(t, newKeyset(t))
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for i := range 50 {
				want := fmt.Sprint(n, i)
				sealed, err := s.Seal(t.Context(), provider.NewSecret(want), place)
				if err != nil {
					t.Error(err)
					return
				}
				wantOpens(t, s, sealed, want)
			}
		})
	}
	wg.Wait()
}

func FuzzOpen(f *testing.F) {
	s := newSealer(f, newKeyset(f))
	sealed := seal(f, s, "plaintext")
	f.Add(sealed.KeyID, sealed.Ciphertext[:len(sealed.Ciphertext)-1], place)
	f.Add("", []byte{}, "")
	f.Fuzz(func(t *testing.T, keyID string, ciphertext []byte, associated string) {
		got, err := s.Open(t.Context(), tenant.Sealed{KeyID: keyID, Ciphertext: ciphertext}, associated)
		if err == nil {
			t.Errorf("a forged ciphertext opens as %q", got.Reveal())
		}
	})
}

func FuzzNew(f *testing.F) {
	f.Add(newKeyset(f).Reveal())
	f.Add(`{"primaryKeyId":1,"key":[{"keyId":1}]}`)
	f.Fuzz(func(t *testing.T, keyset string) {
		s, err := tinksecrets.New(provider.NewSecret(keyset))
		if err != nil {
			return
		}
		wantOpens(t, s, seal(t, s, "plaintext"), "plaintext")
	})
}

func ExampleNew() {
	keyset, err := tinksecrets.GenerateKeyset()
	if err != nil {
		fmt.Println(err)
		return
	}
	sealer, err := tinksecrets.New(keyset)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(keyset, sealer.CurrentKey() != "")
	// Output: [redacted] true
}

func ExampleRotate() {
	keyset, _ := tinksecrets.GenerateKeyset()
	rotated, err := tinksecrets.Rotate(keyset)
	fmt.Println(rotated.Reveal() != keyset.Reveal(), err)
	// Output: true <nil>
}
