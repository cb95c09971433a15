package tenant

import (
	"context"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// merge returns the settings that result from entering what a person typed over
// what is there. It leaves the given settings alone.
func merge(list []provider.Setting, old provider.Settings, entered map[string]string) provider.Settings {
	secret := secretNames(list)
	merged := provider.Settings{Values: map[string]string{}, Secrets: map[string]provider.Secret{}}
	for name, v := range old.Values {
		merged.Values[name] = v
	}
	for name, v := range old.Secrets {
		merged.Secrets[name] = v
	}
	for name, v := range entered {
		v = strings.TrimSpace(v)
		switch {
		case secret[name] && v == Mask:
		case secret[name] && v == "":
			delete(merged.Secrets, name)
		case secret[name]:
			merged.Secrets[name] = provider.NewSecret(v)
		case v == "":
			delete(merged.Values, name)
		default: // unknown names among them: provider.CheckSettings reports those
			merged.Values[name] = v
		}
	}
	return merged
}

func secretNames(list []provider.Setting) map[string]bool {
	names := make(map[string]bool)
	for _, st := range list {
		if st.Secret {
			names[st.Name] = true
		}
	}
	return names
}

// replaces reports whether entering v sets or takes away a secret.
func replaces(v string) bool { return strings.TrimSpace(v) != Mask }

// changedSecrets returns the names of the secrets that are new, different or
// gone, given those stored and what of them could be read.
func changedSecrets(stored map[string]Sealed, before, after map[string]provider.Secret) map[string]bool {
	changed := make(map[string]bool)
	for name, s := range after {
		if s != before[name] {
			changed[name] = true
		}
	}
	for name := range stored {
		if _, kept := after[name]; !kept {
			changed[name] = true
		}
	}
	return changed
}

// seal encrypts the secrets of an app for their places.
func (s *Service) seal(
	ctx context.Context, t ID, appID string, secrets map[string]provider.Secret,
) (map[string]Sealed, error) {
	sealed := make(map[string]Sealed, len(secrets))
	for name, secret := range secrets {
		v, err := s.sealer.Seal(ctx, secret, place(t, appID, name))
		if err != nil {
			return nil, err
		}
		sealed[name] = v
	}
	return sealed, nil
}

// unseal returns the settings of an app in clear, except for the secrets that
// skip names: a secret that cannot be read must not stand in the way of its
// replacement.
func (s *Service) unseal(ctx context.Context, a App, skip func(name string) bool) (provider.Settings, error) {
	settings := provider.Settings{Values: a.Values, Secrets: make(map[string]provider.Secret, len(a.Secrets))}
	for name, sealed := range a.Secrets {
		secret, err := s.sealer.Open(ctx, sealed, place(a.Tenant, a.ID, name))
		switch {
		case err == nil:
			settings.Secrets[name] = secret
		case skip == nil || !skip(name):
			return provider.Settings{}, errUnreadableSecret(name, err)
		}
	}
	return settings, nil
}

// place names where a secret belongs. The length before each part keeps two
// places from having one name.
func place(t ID, appID, name string) string {
	var b strings.Builder
	b.WriteString("thirdapp/app-secret")
	for _, part := range []string{string(t), appID, name} {
		b.WriteByte('/')
		b.WriteString(strconv.Itoa(len(part)))
		b.WriteByte(':')
		b.WriteString(part)
	}
	return b.String()
}
