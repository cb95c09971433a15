package providertest_test

import (
	"context"
	"strings"
	"sync"

	"github.com/thirdapp/thirdapp/provider"
)

// loginDefects are those of a LoginFlow and a PageSigner.
func loginDefects() map[string]defect {
	return map[string]defect{
		"takes a code twice": {
			wrap:  func(b broken) provider.Provider { return &forgetfulFlow{broken: b} },
			fails: "login/a_code_is_good_once",
		},
		"takes any code": {
			wrap:  func(b broken) provider.Provider { return trustingFlow{b} },
			fails: "login/an_invented_code",
		},
		"lets strangers in": {
			wrap:  func(b broken) provider.Provider { return hospitableFlow{b} },
			fails: "login/an_outsider",
		},
		"loses the state": {
			wrap:  func(b broken) provider.Provider { return statelessFlow{b} },
			fails: "login/in_a_browser",
		},
		"ignores the verifier": {
			wrap:  func(b broken) provider.Provider { return barefacedFlow{b} },
			fails: "login/another_verifier",
		},
		"signs the fragment": {
			wrap:  func(b broken) provider.Provider { return wholeSigner{b} },
			fails: "page_signer/signs",
		},
		"puts a secret into the script's address": {
			wrap:  func(b broken) provider.Provider { return queryScripter{b} },
			fails: "code_script/names_the_script",
		},
	}
}

type forgetfulFlow struct {
	broken
	mu   sync.Mutex
	seen map[string]provider.LoginIdentity
}

func (f *forgetfulFlow) InAppIdentity(ctx context.Context, code provider.Secret) (provider.LoginIdentity, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if who, ok := f.seen[code.Reveal()]; ok {
		return who, nil
	}
	who, err := f.broken.InAppIdentity(ctx, code)
	if err == nil {
		f.seen = map[string]provider.LoginIdentity{code.Reveal(): who}
	}
	return who, err
}

type hospitableFlow struct{ broken }

func (f hospitableFlow) BrowserIdentity(ctx context.Context, code provider.BrowserCode) (provider.LoginIdentity, error) {
	who, err := f.broken.BrowserIdentity(ctx, code)
	if provider.CodeOf(err) == provider.NotFound {
		err = nil
	}
	return who, err
}

type trustingFlow struct{ broken }

func (f trustingFlow) InAppIdentity(ctx context.Context, code provider.Secret) (provider.LoginIdentity, error) {
	who, err := f.broken.InAppIdentity(ctx, code)
	if err != nil {
		return provider.LoginIdentity{UserID: "u-1"}, nil //nolint:nilerr // that is the defect
	}
	return who, nil
}

type statelessFlow struct{ broken }

func (f statelessFlow) AuthorizeURL(req provider.AuthorizeRequest) (string, error) {
	req.State = "fixed"
	return f.broken.AuthorizeURL(req)
}

// barefacedFlow asks with a challenge and needs no verifier.
type barefacedFlow struct{ broken }

func (f barefacedFlow) BrowserIdentity(ctx context.Context, code provider.BrowserCode) (provider.LoginIdentity, error) {
	code.Verifier = provider.NewSecret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") // the suite's
	return f.broken.BrowserIdentity(ctx, code)
}

type wholeSigner struct{ broken }

func (s wholeSigner) SignPage(ctx context.Context, page string) (provider.PageSignature, error) {
	return s.broken.SignPage(ctx, strings.ReplaceAll(page, "#", "?"))
}

type queryScripter struct{ broken }

func (s queryScripter) CodeScript() provider.CodeScript {
	c := s.broken.CodeScript()
	c.URL += "?key=x"
	return c
}
