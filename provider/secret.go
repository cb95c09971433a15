package provider

import (
	"fmt"
	"log/slog"
)

// redacted is what a Secret shows instead of its value.
const redacted = "[redacted]"

// Secret holds a value that must not be shown: printing, logging or encoding it
// yields "[redacted]". Only [Secret.Reveal] returns the value. The zero value
// is an empty secret.
type Secret struct{ value string }

// NewSecret returns a Secret that holds value.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the value. Call it where the value is used, never earlier.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.value == "" }

// String implements fmt.Stringer.
func (Secret) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return redacted }

// Format implements fmt.Formatter, so that no verb shows the value.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler; JSON and XML use it, too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
