package transport_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/provider"
)

// insiders is an office app with another login page inside of it.
type insiders struct{ provider.Factory }

func (f insiders) Open(ctx context.Context, s provider.Settings, env provider.Environment) (provider.Provider, error) {
	p, err := f.Factory.Open(ctx, s, env)
	if err != nil {
		return nil, err
	}
	flow, err := provider.As[provider.LoginFlow](p)
	return insider{p, flow}, err
}

type insider struct {
	provider.Provider
	provider.LoginFlow
}

func (i insider) Unwrap() provider.Provider { return i.Provider }

func (i insider) AuthorizeURL(req provider.AuthorizeRequest) (string, error) {
	if req.Inside {
		return "https://office.example.com/inside?state=" + req.State, nil
	}
	return i.LoginFlow.AuthorizeURL(req)
}

func TestLoginInside(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, func(s *setup) { s.office = func(f provider.Factory) provider.Factory { return insiders{f} } })
	p.allow(t, identity.UnboundDeny, frontEnd)
	b := p.browser(t)
	for display, inside := range map[string]bool{"": false, "redirect": false, "inside": true} {
		a := b.do(t, request{path: "/login/dingtalk/authorize?tenantId=1000&display=" + display})
		if to := a.header.Get("Location"); a.status != http.StatusFound || strings.HasPrefix(to, "https://office.example.com/inside?") != inside {
			t.Errorf("display %q: HTTP %d to %q, want the page inside: %t", display, a.status, to, inside)
		}
	}
}
