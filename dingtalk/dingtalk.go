package dingtalk

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
)

// Provider is one internal app of a company at DingTalk. It is opened by the
// factory [New] returns and safe for concurrent use.
type Provider struct {
	client   *client
	agentID  int64
	language string
	// robotCode names the app's robot; "" when the tenant has not entered it.
	robotCode string
	// callbackKeys open event callbacks; a callback is registered with
	// callbackPair.
	callbackKeys []callbackKey
	callbackPair callbackPair
	// eventMode is how events arrive.
	eventMode      string
	callsPerSecond int
	// corpID is the company whose app it is.
	corpID string
	// loginBase is where people log in with a browser, pageScript what login
	// pages inside of DingTalk load.
	loginBase, pageScript string
	// pageTickets keeps the ticket that pages are signed with, by SHA-1 with
	// legacyPages.
	pageTickets *tokenSource
	legacyPages bool
	// life ends with Close, by end.
	life    context.Context //nolint:containedctx // that of the Provider itself
	end     context.CancelFunc
	release func() // gives up the connection pool when it is ours
}

var (
	_ provider.Provider         = (*Provider)(nil)
	_ provider.Verifier         = (*Provider)(nil)
	_ provider.DirectoryReader  = (*Provider)(nil)
	_ provider.DepartmentFinder = (*Provider)(nil)
	_ provider.PersonFinder     = (*Provider)(nil)
	_ provider.MessageSender    = (*Provider)(nil)
	_ provider.MessageTracker   = (*Provider)(nil)
	_ provider.MessageRecaller  = (*Provider)(nil)
	_ provider.StatusUpdater    = (*Provider)(nil)
	_ provider.RobotSender      = (*Provider)(nil)
	_ provider.RobotTracker     = (*Provider)(nil)
	_ provider.RobotRecaller    = (*Provider)(nil)
	_ provider.MediaUploader    = (*Provider)(nil)
)

// Kind returns provider.DingTalk.
func (*Provider) Kind() provider.Kind { return provider.DingTalk }

// Limits returns what DingTalk allows an internal app.
func (p *Provider) Limits() provider.Limits { return limits(p.callsPerSecond) }

// Close ends streams of events, ends a renewal of the access token that is under
// way, waits for it and closes idle connections of the Provider's own pool. Calls after it fail with
// code Unavailable.
func (p *Provider) Close() error {
	p.pageTickets.close()
	p.end()
	p.client.close()
	p.release()
	return nil
}
