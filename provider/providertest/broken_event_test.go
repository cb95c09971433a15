package providertest_test

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

func eventDefects() map[string]defect {
	decoder := func(fails string, wrap func(broken) provider.Provider) defect {
		return defect{wrap: wrap, fails: "decoder/" + fails}
	}
	streamer := func(fails string, handle func(streamHandler) streamHandler, after func(error) error) defect {
		return defect{wrap: func(b broken) provider.Provider { return spoiled{b, handle, after} }, fails: "streamer/" + fails}
	}
	return map[string]defect{
		"acknowledges everything": streamer("asks_again_for_what_was_not_kept", func(h streamHandler) streamHandler {
			return func(ctx context.Context, e provider.Event) error {
				_ = h(ctx, e)
				return nil
			}
		}, nil),
		"handles at once": streamer("one_at_a_time", func(h streamHandler) streamHandler {
			return func(ctx context.Context, e provider.Event) error {
				go func() { _ = h(ctx, e) }()
				return nil
			}
		}, nil),
		"hides a cut":         streamer("says_that_it_was_cut", nil, func(error) error { return nil }),
		"complains of an end": streamer("ends_when_it_was_asked_to", nil, func(error) error { return context.DeadlineExceeded }),
		"tells of no connection": {
			wrap:  func(b broken) provider.Provider { return quiet{b} },
			fails: "streamer/says_that_it_is_connected",
		},
		"loses departments": streamer("every_kind", func(h streamHandler) streamHandler {
			return func(ctx context.Context, e provider.Event) error {
				e.Departments = nil
				return h(ctx, e)
			}
		}, nil),
		"takes any address":            {wrap: func(b broken) provider.Provider { return credulous{b} }, fails: "registrar/address_that_does_not_answer"},
		"never takes back":             {wrap: func(b broken) provider.Provider { return clinging{b} }, fails: "registrar/registers_and_takes_back"},
		"believes everybody":           decoder("forged", func(b broken) provider.Provider { return gullible{b} }),
		"believes unsigned":            decoder("forged", func(b broken) provider.Provider { return unsigned{b} }),
		"believes old ones":            decoder("not_fresh", func(b broken) provider.Provider { return timeless{b} }),
		"numbers events":               decoder("repeated", func(b broken) provider.Provider { return &numbering{broken: b} }),
		"names events by kind":         decoder("repeated", func(b broken) provider.Provider { return generic{b} }),
		"believes other organisations": decoder("of_another_organisation", func(b broken) provider.Provider { return worldly{b} }),
		"forgets people":               decoder("every_kind", func(b broken) provider.Provider { return forgetful{b} }),
		"believes any check":           {wrap: func(b broken) provider.Provider { return parrot{b} }, fails: "checker/forged"},
		"shows a check":                decoder("check_of_the_address", func(b broken) provider.Provider { return eager{b} }),
		"asks about events":            decoder("makes_no_call", func(b broken) provider.Provider { return curious{b} }),
	}
}

// generic has one id for all events of a kind.
type generic struct{ broken }

func (g generic) DecodeEvent(ctx context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	a, err := g.broken.DecodeEvent(ctx, r)
	for i := range a.Events {
		a.Events[i].ID = string(a.Events[i].Kind)
	}
	return a, err
}

// worldly takes what is meant for others.
type worldly struct{ broken }

func (w worldly) DecodeEvent(ctx context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	a, err := w.broken.DecodeEvent(ctx, r)
	if provider.CodeOf(err) == provider.PermissionDenied {
		err = nil
	}
	return a, err
}

// gullible answers what it cannot verify.
type gullible struct{ broken }

func (g gullible) DecodeEvent(ctx context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	a, err := g.broken.DecodeEvent(ctx, r)
	if err != nil {
		return provider.CallbackAnswer{Body: []byte("ok"), ContentType: "text/plain"}, nil
	}
	return a, nil
}

// unsigned takes a request without the header that signs it.
type unsigned struct{ broken }

func (u unsigned) DecodeEvent(ctx context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	if r.Header.Get(providertest.SignatureHeader) == "" && len(r.Query) > 0 && len(r.Body) > 0 {
		return provider.CallbackAnswer{Events: []provider.Event{{ID: "1"}}, Body: []byte("ok"), ContentType: "text/plain"}, nil
	}
	return u.broken.DecodeEvent(ctx, r)
}

// parrot answers every check.
type parrot struct{ broken }

func (p parrot) CheckCallback(ctx context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	a, err := p.broken.CheckCallback(ctx, r)
	if err != nil {
		return provider.CallbackAnswer{Body: []byte(r.Query.Get("echo")), ContentType: "text/plain"}, nil
	}
	return a, nil
}

// timeless takes every request for one of just now.
type timeless struct{ broken }

func (timeless) DecodeEvent(context.Context, provider.CallbackRequest) (provider.CallbackAnswer, error) {
	return provider.CallbackAnswer{Events: []provider.Event{{ID: "1"}}, Body: []byte("ok")}, nil
}

// numbering gives each event an id of its own.
type numbering struct {
	broken
	n int
}

func (n *numbering) DecodeEvent(ctx context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	a, err := n.broken.DecodeEvent(ctx, r)
	for i := range a.Events {
		n.n++
		a.Events[i].ID = string(rune('a' + n.n))
	}
	return a, err
}

// forgetful keeps the first person only.
type forgetful struct{ broken }

func (f forgetful) DecodeEvent(ctx context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	a, err := f.broken.DecodeEvent(ctx, r)
	for i := range a.Events {
		a.Events[i].People = a.Events[i].People[:min(1, len(a.Events[i].People))]
	}
	return a, err
}

// eager makes an event of everything.
type eager struct{ broken }

func (e eager) DecodeEvent(ctx context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	a, err := e.broken.DecodeEvent(ctx, r)
	if err == nil && len(a.Events) == 0 {
		a.Events = []provider.Event{{ID: "1", Type: "check"}}
	}
	return a, err
}

// curious looks up whom an event is about.
type curious struct{ broken }

func (c curious) DecodeEvent(ctx context.Context, r provider.CallbackRequest) (provider.CallbackAnswer, error) {
	if _, err := c.Scope(ctx); err != nil {
		return provider.CallbackAnswer{}, err
	}
	return c.broken.DecodeEvent(ctx, r)
}

// credulous registers an address that nobody has asked.
type credulous struct{ broken }

func (credulous) RegisterCallback(context.Context, string) error { return nil }

// clinging keeps what it has registered.
type clinging struct{ broken }

func (clinging) UnregisterCallback(context.Context) error { return nil }

type streamHandler = func(context.Context, provider.Event) error

// quiet does not say that it is connected.
type quiet struct{ broken }

func (q quiet) StreamEvents(ctx context.Context, h provider.StreamHandler) error {
	h.Connected = nil
	return q.broken.StreamEvents(ctx, h)
}

// spoiled streams with another handler, or ends in another way.
type spoiled struct {
	broken
	handle func(streamHandler) streamHandler
	after  func(error) error
}

func (s spoiled) StreamEvents(ctx context.Context, h provider.StreamHandler) error {
	if s.handle != nil {
		h.Event = s.handle(h.Event)
	}
	err := s.broken.StreamEvents(ctx, h)
	if s.after != nil {
		return s.after(err)
	}
	return err
}
