package dingtalk

import (
	"context"
	"encoding/json"
)

// ask makes a request and decodes the whole answer into T.
func ask[T any](ctx context.Context, c *client, r request) (T, answer, error) {
	var t T
	a, err := c.call(ctx, r)
	if err != nil {
		return t, a, err
	}
	if json.Unmarshal(a.body, &t) != nil {
		return t, a, c.malformed(r.api, a)
	}
	return t, a, nil
}

// askResult makes a request of the old API and decodes the field result. An
// answer without one is an error: it must not pass for an empty list.
func askResult[T any](ctx context.Context, c *client, r request) (T, answer, error) {
	var result *T
	r.result = func() any {
		result = nil // what an attempt has left that failed
		return &result
	}
	a, err := c.call(ctx, r)
	if err == nil && result == nil {
		err = c.malformed(r.api, a)
	}
	if err != nil {
		var zero T
		return zero, a, err
	}
	return *result, a, nil
}
