package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// purpose keeps one kind of voucher from being taken for another.
type purpose string

const (
	forState  purpose = "state"
	forTicket purpose = "ticket"
	forProof  purpose = "proof"
)

// voucher is a state, a ticket or a proof: sealed, so that nobody can read or
// make one, and good once. Nothing is stored until it is used.
type voucher struct {
	ID string `json:"i"`
	// Browser is the hash of the secret of the browser it was given to.
	Browser  []byte        `json:"b"`
	Expires  int64         `json:"x"` // in milliseconds since 1970
	Provider provider.Kind `json:"p"`
	tenant   tenant.ID     // stands before the sealed part, and is sealed in

	// Of a state.
	Mode        Mode   `json:"m,omitempty"`
	ReturnURL   string `json:"r,omitempty"`
	RedirectURL string `json:"c,omitempty"`
	Verifier    string `json:"v,omitempty"`

	// Of a ticket or proof: who they are.
	OrgID          string           `json:"o,omitempty"`
	ProviderUserID provider.UserID  `json:"u,omitempty"`
	UnionID        provider.UnionID `json:"n,omitempty"`
	Name           string           `json:"a,omitempty"`
	// UserID is the account of a ticket.
	UserID string `json:"w,omitempty"`
}

func (v voucher) key() Key { return Key{v.Provider, v.OrgID, v.ProviderUserID} }

func (v voucher) until() time.Time { return time.UnixMilli(v.Expires) }

// maxVoucher bounds what is looked at, in bytes.
const maxVoucher = 4096

// seal completes a voucher and returns its text: the tenant, a dot, and the
// rest sealed.
func (s *Service) seal(ctx context.Context, p purpose, v voucher, browser provider.Secret, ttl time.Duration) (provider.Secret, error) {
	v.ID, v.Browser, v.Expires = rand.Text(), hashOf(browser), s.cfg.Now().Add(ttl).UnixMilli()
	plain, err := json.Marshal(v)
	if err != nil {
		return provider.Secret{}, err
	}
	sealed, err := s.sealer.Seal(ctx, provider.NewSecret(string(plain)), associated(p, v.tenant))
	if err != nil {
		return provider.Secret{}, err
	}
	body := append([]byte{byte(len(sealed.KeyID))}, sealed.KeyID...)
	body = append(body, sealed.Ciphertext...)
	return provider.NewSecret(string(v.tenant) + "." + base64.RawURLEncoding.EncodeToString(body)), nil
}

// associated binds a voucher to its purpose and tenant.
func associated(p purpose, t tenant.ID) string { return "identity/" + string(p) + "/" + string(t) }

var errVoucher = errors.New("malformed, forged or of another purpose")

// open returns a voucher that is good for this browser now. Whether it was used
// is for [Service.use] to tell. The error is for the log.
func (s *Service) open(ctx context.Context, p purpose, text, browser provider.Secret) (voucher, error) {
	t, sealed, err := parseVoucher(text.Reveal())
	if err != nil {
		return voucher{}, err
	}
	plain, err := s.sealer.Open(ctx, sealed, associated(p, t))
	if err != nil {
		return voucher{}, errors.Join(errVoucher, err)
	}
	var v voucher
	if err := json.Unmarshal([]byte(plain.Reveal()), &v); err != nil {
		return voucher{}, errVoucher
	}
	v.tenant = t
	switch {
	case !s.cfg.Now().Before(v.until()):
		return voucher{}, errors.New("expired")
	case browser.IsZero() || subtle.ConstantTimeCompare(v.Browser, hashOf(browser)) != 1:
		return voucher{}, errors.New("of another browser")
	}
	return v, nil
}

func parseVoucher(text string) (tenant.ID, tenant.Sealed, error) {
	if len(text) > maxVoucher {
		return "", tenant.Sealed{}, errVoucher
	}
	name, body, ok := strings.Cut(text, ".")
	t, err := tenant.ParseID(name)
	if !ok || err != nil {
		return "", tenant.Sealed{}, errVoucher
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(body)
	if err != nil || len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", tenant.Sealed{}, errVoucher
	}
	n := 1 + int(b[0])
	return t, tenant.Sealed{KeyID: string(b[1:n]), Ciphertext: b[n:]}, nil
}

// TenantOf returns the tenant that a state, ticket or proof claims to be of;
// ok is false when it is none. It proves nothing: limits go by it.
func TenantOf(text string) (t tenant.ID, ok bool) {
	t, _, err := parseVoucher(text)
	return t, err == nil
}

var errUsed = errors.New("used before")

// use uses a voucher up; refusal is the answer when it was used before.
func (s *Service) use(ctx context.Context, v voucher, refusal *tenant.Error) error {
	err := s.store.Use(ctx, v.tenant, v.ID, v.until())
	if errors.Is(err, tenant.ErrConflict) {
		return refusal.WithCause(errUsed)
	}
	return err
}

func hashOf(browser provider.Secret) []byte {
	sum := sha256.Sum256([]byte(browser.Reveal()))
	return sum[:16]
}

// NewBrowser returns a secret for a browser that has none: states, tickets and
// proofs are good only with the one they were made with.
func NewBrowser() provider.Secret { return provider.NewSecret(rand.Text()) }

// browserLength is that of rand.Text.
const browserLength = 26

// ParseBrowser returns what a browser sent as its secret; ok is false when it is
// none of NewBrowser's form.
func ParseBrowser(text string) (b provider.Secret, ok bool) {
	if len(text) != browserLength || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return provider.Secret{}, false
	}
	return provider.NewSecret(text), true
}
