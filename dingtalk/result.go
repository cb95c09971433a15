package dingtalk

import (
	"context"
	"encoding/json"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
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

// askResult makes a request and decodes the field result. An answer without one
// is an error: it must not pass for an empty list.
func askResult[T any](ctx context.Context, c *client, r request) (T, answer, error) {
	w, a, err := ask[wire.Result[T]](ctx, c, r)
	if err == nil && w.Result == nil {
		err = c.malformed(r.api, a)
	}
	if err != nil {
		var zero T
		return zero, a, err
	}
	return *w.Result, a, nil
}
