package dingtalk

import (
	"context"
	"maps"
	"slices"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

var _ provider.CallbackRegistrar = (*Provider)(nil)

// CallbackRegistration returns the callback that the app registered by API. One
// that was entered in DingTalk's console does not show here.
func (p *Provider) CallbackRegistration(ctx context.Context) (provider.CallbackRegistration, error) {
	r, got, err := ask[wire.RegisteredCallback](ctx, p.client, request{api: apiCallback})
	switch {
	case provider.CodeOf(err) == provider.NotFound:
		return provider.CallbackRegistration{}, nil
	case err != nil:
		return provider.CallbackRegistration{}, err
	case r.URL == "":
		return provider.CallbackRegistration{}, p.client.malformed(apiCallback, got)
	}
	complete := true
	for _, tag := range callbackTags() {
		complete = complete && slices.Contains(r.Tags, wire.Text(tag))
	}
	return provider.CallbackRegistration{URL: string(r.URL), Complete: complete}, nil
}

// RegisterCallback registers an address for contact events with the token and
// aes_key of the settings, or changes the one that is registered. DingTalk asks
// the address before it answers. The API is an old one: DingTalk may refuse it to
// new apps, for which the address is entered in the console.
func (p *Provider) RegisterCallback(ctx context.Context, url string) error {
	if !p.callbackPair.complete() {
		return p.refusedCallback(provider.FailedPrecondition, errNoCallbackKey, remedyCallbackKey)
	}
	body := wire.RegisterCallback{
		Tags: callbackTags(), Token: p.callbackPair.token.Reveal(), AESKey: p.callbackPair.aesKey.Reveal(), URL: url,
	}
	register := func(a api) error {
		_, err := p.client.call(ctx, request{api: a, body: body, private: []string{body.Token, body.AESKey}})
		return err
	}
	err := register(apiCallbackRegister)
	if provider.CodeOf(err) == provider.AlreadyExists {
		err = register(apiCallbackUpdate)
	}
	return err
}

// UnregisterCallback deletes the callback that the app registered by API.
func (p *Provider) UnregisterCallback(ctx context.Context) error {
	_, err := p.client.call(ctx, request{api: apiCallbackDelete})
	if provider.CodeOf(err) == provider.NotFound {
		return nil
	}
	return err
}

// callbackTags are the types of the events that this module knows.
func callbackTags() []string { return slices.Sorted(maps.Keys(eventKinds)) }
