package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// factory opens nothing; it only has a kind.
type factory struct{ kind provider.Kind }

func (f factory) Kind() provider.Kind             { return f.kind }
func (factory) Title() provider.Text              { return provider.Text{} }
func (factory) Settings() []provider.Setting      { return nil }
func (factory) Abilities() []string               { return nil }
func (factory) Limits() provider.Limits           { return provider.Limits{} }
func (factory) Identity(provider.Settings) string { return "" }
func (factory) Open(context.Context, provider.Settings, provider.Environment) (provider.Provider, error) {
	return office{}, nil
}

func TestNewRegistryRefuses(t *testing.T) {
	t.Parallel()
	for name, factories := range map[string][]provider.Factory{
		"nil":      {nil},
		"twice":    {factory{"a"}, factory{"a"}},
		"empty":    {factory{""}},
		"capital":  {factory{"DingTalk"}},
		"too long": {factory{provider.Kind(strings.Repeat("a", 33))}},
	} {
		if _, err := provider.NewRegistry(factories...); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func ExampleRegistry_Factory() {
	registry, err := provider.NewRegistry(factory{"dingtalk"}, factory{"wecom"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = registry.Factory("slack")
	fmt.Println(err)
	// Output: provider: unknown kind "slack"; known are dingtalk, wecom
}
