package providertest

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/thirdapp/thirdapp/provider"
)

// CallbackURL returns the address that was registered; "" when none is.
func (f *Fake) CallbackURL() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.callbackURL
}

// CallbackRegistration implements provider.CallbackRegistrar.
func (c *connection) CallbackRegistration(ctx context.Context) (provider.CallbackRegistration, error) {
	if _, err := c.begin(ctx, OpCallback); err != nil {
		return provider.CallbackRegistration{}, err
	}
	url := c.fake.CallbackURL()
	return provider.CallbackRegistration{URL: url, Complete: url != ""}, nil
}

// RegisterCallback implements provider.CallbackRegistrar. It asks the address
// with a callback without events.
func (c *connection) RegisterCallback(ctx context.Context, url string) error {
	_, err := act(ctx, c.fake, OpRegisterCallback, func() (struct{}, error) {
		if err := c.usable(OpRegisterCallback); err != nil {
			return struct{}{}, err
		}
		if !c.answers(ctx, url) {
			return struct{}{}, c.fake.errorf(OpRegisterCallback, provider.FailedPrecondition, "the address does not answer")
		}
		return struct{}{}, c.fake.setCallbackURL(url)
	})
	return err
}

// answers asks an address.
func (c *connection) answers(ctx context.Context, url string) bool {
	check := c.fake.Callback(c.now())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"?"+check.Query.Encode(), bytes.NewReader(check.Body))
	if err != nil {
		return false
	}
	req.Header = check.Header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK && string(body) == callbackAccepted
}

func (f *Fake) setCallbackURL(url string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.callbackURL = url
	return nil
}

// UnregisterCallback implements provider.CallbackRegistrar.
func (c *connection) UnregisterCallback(ctx context.Context) error {
	_, err := act(ctx, c.fake, OpUnregisterCallback, func() (struct{}, error) {
		if err := c.usable(OpUnregisterCallback); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, c.fake.setCallbackURL("")
	})
	return err
}
