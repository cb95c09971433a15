package providertest

import (
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

func runFactory(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"names itself", func(t *testing.T, s subject) {
			if _, err := provider.NewRegistry(s.Factory); err != nil {
				t.Errorf("NewRegistry: %v", err)
			}
			if s.Kind() != s.Factory.Kind() {
				t.Errorf("a Provider is of kind %q, its Factory of kind %q", s.Kind(), s.Factory.Kind())
			}
			wantText(t, "Title", s.Factory.Title())
		}},
		{"describes its settings", func(t *testing.T, s subject) {
			seen := make(map[string]bool)
			for _, st := range s.Factory.Settings() {
				if st.Name == "" || seen[st.Name] {
					t.Errorf("setting %q is unnamed, or there twice", st.Name)
				}
				seen[st.Name] = true
				wantText(t, "title of "+st.Name, st.Title)
			}
		}},
		{"knows valid settings", func(t *testing.T, s subject) {
			if err := provider.CheckSettings(s.Factory.Settings(), s.Settings); err != nil {
				t.Errorf("CheckSettings: %v", err)
			}
			required := slices.ContainsFunc(s.Factory.Settings(), func(st provider.Setting) bool { return st.Required })
			if err := provider.CheckSettings(s.Factory.Settings(), provider.Settings{}); required && err == nil {
				t.Error("CheckSettings of nothing: got no error")
			}
		}},
		{"lists the abilities there are", func(t *testing.T, s subject) {
			want := abilitiesOf(s.Provider)
			got := s.Factory.Abilities()
			if !slices.IsSorted(got) {
				t.Errorf("Abilities are not sorted: %v", got)
			}
			for _, name := range want {
				if !slices.Contains(got, name) {
					t.Errorf("Abilities lack %s, which the Provider has", name)
				}
			}
			for _, name := range got {
				if slices.Contains(allAbilities(), name) && !slices.Contains(want, name) {
					t.Errorf("Abilities list %s, which the Provider has not", name)
				}
			}
		}},
		{"names the app", func(t *testing.T, s subject) {
			got := s.Factory.Identity(s.Settings)
			if got == "" || got != s.Factory.Identity(s.Settings) {
				t.Errorf("Identity is %q, and %q when asked again", got, s.Factory.Identity(s.Settings))
			}
			for name, secret := range s.Settings.Secrets {
				if strings.Contains(got, secret.Reveal()) {
					t.Errorf("Identity contains the secret %s", name)
				}
			}
		}},
		{"opens without a call", func(t *testing.T, s subject) {
			restore := s.breakDown(t, FaultHang)
			defer restore()
			open(t, s.Harness, s.Settings)
		}},
	})
}

// abilitiesOf returns the abilities of this package's suites that p has.
func abilitiesOf(p provider.Provider) []string {
	has := map[string]bool{
		"Verifier":          can[provider.Verifier](p),
		"DirectoryReader":   can[provider.DirectoryReader](p),
		"CallbackChecker":   can[provider.CallbackChecker](p),
		"CallbackRegistrar": can[provider.CallbackRegistrar](p),
		"EventDecoder":      can[provider.EventDecoder](p),
		"EventStreamer":     can[provider.EventStreamer](p),
		"DirectoryWriter":   can[provider.DirectoryWriter](p),
		"DepartmentFinder":  can[provider.DepartmentFinder](p),
		"PersonFinder":      can[provider.PersonFinder](p),
		"MessageSender":     can[provider.MessageSender](p),
		"MessageTracker":    can[provider.MessageTracker](p),
		"MessageRecaller":   can[provider.MessageRecaller](p),
		"StatusUpdater":     can[provider.StatusUpdater](p),
		"RobotSender":       can[provider.RobotSender](p),
		"RobotTracker":      can[provider.RobotTracker](p),
		"RobotRecaller":     can[provider.RobotRecaller](p),
		"MediaUploader":     can[provider.MediaUploader](p),
		"LoginFlow":         can[provider.LoginFlow](p),
		"CodeScripter":      can[provider.CodeScripter](p),
		"PageSigner":        can[provider.PageSigner](p),
	}
	return slices.DeleteFunc(allAbilities(), func(name string) bool { return !has[name] })
}

func can[T any](p provider.Provider) bool {
	_, err := provider.As[T](p)
	return err == nil
}

// allAbilities returns the abilities that there are suites for, sorted.
func allAbilities() []string {
	return []string{
		"CallbackChecker", "CallbackRegistrar", "CodeScripter", "DepartmentFinder", "DirectoryReader", "DirectoryWriter", "EventDecoder", "EventStreamer", "LoginFlow", "MediaUploader", "MessageRecaller", "MessageSender", "MessageTracker", "PageSigner", "PersonFinder",
		"RobotRecaller", "RobotSender", "RobotTracker", "StatusUpdater", "Verifier",
	}
}

func wantText(tb testing.TB, what string, text provider.Text) {
	tb.Helper()
	if text.ZH == "" || text.EN == "" {
		tb.Errorf("%s lacks a language: %+v", what, text)
	}
}
