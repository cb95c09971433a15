package transport

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// call is what the layers learn about one request while it passes inwards, for
// those that look at it on the way out. It belongs to the goroutine that
// serves the request.
type call struct {
	op        string
	family    family
	requestID string
	lang      string
	principal Principal
	tenant    tenant.ID
	// browser is the secret of the browser, in operations for everybody.
	browser provider.Secret
	// again refuses the request of a stream that would not be let in any more.
	again func(context.Context) error
	// retry is where a page of refusal leads back to; "" is nowhere.
	retry string
	// code is how it ended, OK until something fails.
	code provider.Code
	// reason and err say what failed; err is for the log only.
	reason string
	err    error
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// callFrom returns the call of a request's context. There is always one: the
// outermost middleware puts it there.
func callFrom(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// tenantOf returns the tenant that the request acts in.
func tenantOf(ctx context.Context) tenant.ID { return callFrom(ctx).tenant }

// text returns t in the language of the request.
func (c *call) text(t provider.Text) string { return t.In(c.lang) }

// texts is text for a list, which is never nil.
func (c *call) texts(list []provider.Text) []string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = c.text(t)
	}
	return texts
}
