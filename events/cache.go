package events

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// maxCached bounds the tenants whose subscribers are cached.
const maxCached = 50_000

// subscriber is what of a subscription decides whether it is told.
type subscriber struct {
	id    string
	types []string
}

// cache remembers who has subscribed, by tenant. Most have nobody, and that is
// what is asked for most: while a message is being accepted.
type cache struct {
	cfg Config

	mu sync.Mutex
	// changes counts the changes by this Service: what was read before one is
	// not believed after it.
	changes uint64
	entries map[tenant.ID]*remembered
}

type remembered struct {
	list []subscriber
	// until is how long the list is believed. Whoever finds it over asks again;
	// the others go on with the old list meanwhile.
	until time.Time
}

func newCache(cfg Config) *cache {
	return &cache{cfg: cfg, entries: make(map[tenant.ID]*remembered)}
}

// subscribers returns who has subscribed in a tenant, reading it when it is not
// known. The list is shared and only to be read.
func (c *cache) subscribers(
	ctx context.Context, t tenant.ID, read func(context.Context, tenant.ID) ([]subscriber, error),
) ([]subscriber, error) {
	list, known, changes := c.look(t)
	if known {
		return list, nil
	}
	list, err := read(ctx, t)
	if err != nil {
		c.forget(t)
		return nil, err
	}
	c.keep(t, list, changes)
	return list, nil
}

// look returns what is remembered. When it is not known the caller is the one
// to read it.
func (c *cache) look(t tenant.ID) (list []subscriber, known bool, changes uint64) {
	now := c.cfg.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[t]
	switch {
	case e == nil:
		return nil, false, c.changes
	case now.Before(e.until):
		return e.list, true, c.changes
	}
	e.until = now.Add(c.cfg.CacheFor) // for the others
	return nil, false, c.changes
}

func (c *cache) keep(t tenant.ID, list []subscriber, changes uint64) {
	now := c.cfg.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if changes != c.changes {
		return
	}
	if len(c.entries) >= maxCached {
		maps.DeleteFunc(c.entries, func(_ tenant.ID, e *remembered) bool { return !now.Before(e.until) })
	}
	if len(c.entries) >= maxCached {
		clear(c.entries)
	}
	c.entries[t] = &remembered{list, now.Add(c.cfg.CacheFor)}
}

// forget makes a change by this Service visible to every call that begins from
// now on.
func (c *cache) forget(t tenant.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	delete(c.entries, t)
}
