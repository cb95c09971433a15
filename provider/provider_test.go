package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// office is a provider without any ability.
type office struct{}

func (office) Kind() provider.Kind     { return "office" }
func (office) Limits() provider.Limits { return provider.Limits{} }
func (office) Close() error            { return nil }

// sender is a provider that sends.
type sender struct{ office }

func (sender) Render(provider.Content) (provider.Rendered, error) { return provider.Rendered{}, nil }

func (sender) Send(context.Context, provider.Audience, provider.Rendered, string) (provider.Receipt, error) {
	return provider.Receipt{}, nil
}

// wrapper hides what is inside, except from As.
type wrapper struct{ provider.Provider }

func (w wrapper) Unwrap() provider.Provider { return w.Provider }

func TestAs(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]provider.Provider{
		"itself": sender{}, "wrapped": wrapper{sender{}}, "wrapped twice": wrapper{wrapper{sender{}}},
	} {
		if _, err := provider.As[provider.MessageSender](p); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, p := range map[string]provider.Provider{"without": office{}, "wrapped": wrapper{office{}}, "nil": nil} {
		_, err := provider.As[provider.MessageSender](p)
		var unsupported *provider.UnsupportedError
		if !errors.Is(err, provider.ErrUnsupported) || !errors.As(err, &unsupported) || unsupported.Ability != "MessageSender" {
			t.Errorf("%s: got %v, want an UnsupportedError that names the ability", name, err)
		}
		if got := provider.CodeOf(err); got != provider.Unsupported {
			t.Errorf("%s: code %s, want %s", name, got, provider.Unsupported)
		}
	}
	if _, err := provider.As[sender](wrapper{sender{}}); err != nil {
		t.Errorf("concrete type: %v", err)
	}
}

func TestCodeOf(t *testing.T) {
	t.Parallel()
	throttled := &provider.Error{Code: provider.ResourceExhausted, Err: context.DeadlineExceeded}
	for _, tt := range []struct {
		err       error
		code      provider.Code
		retryable bool
	}{
		{nil, provider.OK, false},
		{errors.New("x"), provider.Unknown, false},
		{throttled, provider.ResourceExhausted, true},
		{fmt.Errorf("wrapped: %w", throttled), provider.ResourceExhausted, true},
		{errors.Join(errors.New("x"), throttled), provider.ResourceExhausted, true},
		{fmt.Errorf("call: %w", context.Canceled), provider.Canceled, false},
		{context.DeadlineExceeded, provider.DeadlineExceeded, true},
		{&provider.ContentError{}, provider.InvalidArgument, false},
		{&provider.SettingError{}, provider.InvalidArgument, false},
		{&provider.UnknownKindError{}, provider.InvalidArgument, false},
	} {
		if got := provider.CodeOf(tt.err); got != tt.code {
			t.Errorf("CodeOf(%v) = %s, want %s", tt.err, got, tt.code)
		}
		if got := provider.Retryable(tt.err); got != tt.retryable {
			t.Errorf("Retryable(%v) = %t, want %t", tt.err, got, tt.retryable)
		}
	}
	if got := provider.Code(99).String(); got != "code(99)" {
		t.Errorf("an unknown code prints %q", got)
	}
}

// TestSecretShowsNothing: no usual way of printing, logging or encoding shows
// the value.
func TestSecretShowsNothing(t *testing.T) {
	t.Parallel()
	const value = "hunter2"
	s := provider.NewSecret(value)
	holder := struct{ S provider.Secret }{s}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "holder", holder)
	encoded, err := json.Marshal(map[string]any{"s": s, "h": holder})
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(encoded), s.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, s), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, &s))
	}
	for _, text := range shown {
		if strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value)) {
			t.Errorf("%q shows the secret", text)
		}
	}
	if s.Reveal() != value || s.IsZero() || !provider.NewSecret("").IsZero() {
		t.Error("Reveal or IsZero is wrong")
	}
}

func TestCheckSettings(t *testing.T) {
	t.Parallel()
	list := []provider.Setting{
		{Name: "corpId", Required: true, MaxLength: 8},
		{Name: "mode", Enum: []string{"none", "stream"}},
		{Name: "secret", Secret: true, Required: true, Check: func(v string) provider.Text {
			if strings.Contains(v, " ") {
				return provider.Text{ZH: "有空格", EN: "has a space"}
			}
			return provider.Text{}
		}},
	}
	good := provider.Settings{
		Values:  map[string]string{"corpId": "ding", "mode": "stream"},
		Secrets: map[string]provider.Secret{"secret": provider.NewSecret("s")},
	}
	if err := provider.CheckSettings(list, good); err != nil {
		t.Errorf("good settings: %v", err)
	}
	bad := provider.Settings{
		Values:  map[string]string{"corpId": "much-too-long", "mode": "dance", "extra": "x"},
		Secrets: map[string]provider.Secret{"secret": provider.NewSecret("top secret")},
	}
	err := provider.CheckSettings(list, bad)
	if err == nil {
		t.Fatal("bad settings pass")
	}
	for _, name := range []string{"corpId", "mode", "extra", "secret"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in:\n%v", name, err)
		}
	}
	if strings.Contains(err.Error(), "top secret") {
		t.Error("the error repeats a secret")
	}
	if err := provider.CheckSettings(list, provider.Settings{}); err == nil || strings.Contains(err.Error(), "mode") {
		t.Errorf("nothing given: got %v, want errors about the required settings only", err)
	}
}

// TestManyUnknownSettings: some of tens of thousands say what is wrong.
func TestManyUnknownSettings(t *testing.T) {
	t.Parallel()
	list := []provider.Setting{{Name: "corpId"}, {Name: "secret", Secret: true, Required: true}}
	given := provider.Settings{Values: map[string]string{"corpId": "ding"}}
	for i := range 1000 {
		given.Values[fmt.Sprintf("x%03d", i)] = ""
	}
	err := provider.CheckSettings(list, given)
	if err == nil || strings.Count(err.Error(), "\n") != 10 || !strings.Contains(err.Error(), "x009") || !strings.Contains(err.Error(), "secret: ") {
		t.Errorf("got %v, want ten unknown settings and the one that is missing", err)
	}
}

func TestTextIn(t *testing.T) {
	t.Parallel()
	both, one := provider.Text{ZH: "中", EN: "en"}, provider.Text{EN: "only"}
	for _, tt := range []struct {
		text provider.Text
		tag  string
		want string
	}{
		{both, "en", "en"},
		{both, "en-GB", "en"},
		{both, "zh-CN", "中"},
		{both, "", "中"},
		{both, "fr", "中"},
		{one, "zh", "only"},
	} {
		if got := tt.text.In(tt.tag); got != tt.want {
			t.Errorf("In(%q) = %q, want %q", tt.tag, got, tt.want)
		}
	}
}
