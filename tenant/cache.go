package tenant

import (
	"container/list"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// appKey and kindKey are the two names of an open connection: its own app, and
// being the enabled one of its tenant and provider.
type (
	appKey struct {
		tenant ID
		app    string
	}
	kindKey struct {
		tenant ID
		kind   provider.Kind
	}
)

// flight returns the key's name in a singleflight.Group; no tenant id and no
// kind contains a slash.
func (k kindKey) flight() string { return string(k.tenant) + "/" + string(k.kind) }

func (k appKey) flight(version int64) string {
	return string(k.tenant) + "/" + k.app + "/" + strconv.FormatInt(version, 10)
}

// moment is when somebody began to read the store. What was read before a
// change by this Service is not believed after it.
type moment struct {
	at      time.Time
	changes uint64
}

// cache holds the open connections, at most Config.MaxOpen, all of enabled
// apps. Those that fall out stay open for Config.CloseAfter. It never calls a
// Provider while it holds the lock.
type cache struct {
	cfg Config

	mu      sync.Mutex
	changes uint64
	closed  bool
	apps    map[appKey]*list.Element // of *cached
	kinds   map[kindKey]*list.Element
	// used has what was used last in front.
	used *list.List
	// retired waits to be closed, next one first.
	retired []retired
}

type cached struct {
	conn Connection
	// believed is until when the version needs no look into the store.
	believed time.Time
}

type retired struct {
	conn Connection
	due  time.Time
}

func newCache(cfg Config) *cache {
	return &cache{
		cfg: cfg, apps: make(map[appKey]*list.Element), kinds: make(map[kindKey]*list.Element), used: list.New(),
	}
}

// enabled returns the connection of a tenant and provider if it is believed.
func (c *cache) enabled(k kindKey) (Connection, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.believed(c.kinds[k])
}

// app returns the connection of an app; fresh is false when the store must be
// asked about it.
func (c *cache) app(k appKey) (conn Connection, fresh, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.apps[k]
	if conn, fresh = c.believed(el); fresh || el == nil {
		return conn, fresh, fresh
	}
	return entry(el).conn, false, true
}

func (c *cache) believed(el *list.Element) (Connection, bool) {
	if el == nil || !c.cfg.Now().Before(entry(el).believed) {
		return Connection{}, false
	}
	c.used.MoveToFront(el)
	return entry(el).conn, true
}

// begin marks the beginning of a read of the store.
func (c *cache) begin() moment {
	c.mu.Lock()
	defer c.mu.Unlock()
	return moment{c.cfg.Now(), c.changes}
}

// confirm returns the connection of an app if it has the version that a read
// begun at the given moment found.
func (c *cache) confirm(k appKey, version int64, read moment) (Connection, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.apps[k]
	if el == nil || entry(el).conn.App.Version != version {
		return Connection{}, false
	}
	entry(el).believed = c.until(read)
	c.used.MoveToFront(el)
	return entry(el).conn, true
}

// until returns how long what a read found is believed.
func (c *cache) until(read moment) time.Time {
	if read.changes != c.changes {
		return time.Time{}
	}
	return read.at.Add(c.cfg.VersionCheck)
}

// add keeps a connection and returns the one to use. When one that is no older
// is there it is that one, and the given one is not kept but the caller's to
// close.
func (c *cache) add(conn Connection, read moment) (use Connection, kept bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return Connection{}, false, errClosed()
	}
	app, kind := keys(conn.App)
	if el := c.apps[app]; el != nil {
		if entry(el).conn.App.Version >= conn.App.Version {
			return entry(el).conn, false, nil
		}
		c.retire(el)
	}
	if el := c.kinds[kind]; el != nil {
		c.retire(el)
	}
	el := c.used.PushFront(&cached{conn, c.until(read)})
	c.apps[app], c.kinds[kind] = el, el
	for c.used.Len() > c.cfg.MaxOpen {
		c.retire(c.used.Back())
	}
	return conn, true, nil
}

// forget drops an app that this Service has changed.
func (c *cache) forget(k appKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	if el := c.apps[k]; el != nil {
		c.retire(el)
	}
}

// drop forgets the connection of a tenant that has no enabled app of the
// provider any more.
func (c *cache) drop(k kindKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el := c.kinds[k]; el != nil {
		c.retire(el)
	}
}

func (c *cache) retire(el *list.Element) {
	conn := entry(el).conn
	app, kind := keys(conn.App)
	c.used.Remove(el)
	delete(c.apps, app)
	delete(c.kinds, kind)
	c.retired = append(c.retired, retired{conn, c.cfg.Now().Add(c.cfg.CloseAfter)})
}

// due hands over the retired connections whose time has come.
func (c *cache) due() []Connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.cfg.Now()
	var conns []Connection
	for len(c.retired) > 0 && !now.Before(c.retired[0].due) {
		conns = append(conns, c.retired[0].conn)
		c.retired = c.retired[1:]
	}
	return conns
}

// close closes everything, for good.
func (c *cache) close() error {
	var faults []error
	for _, conn := range c.drain() {
		faults = append(faults, conn.Provider.Close())
	}
	return errors.Join(faults...)
}

// drain hands over all connections and keeps any from being added.
func (c *cache) drain() []Connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for c.used.Len() > 0 {
		c.retire(c.used.Back())
	}
	conns := make([]Connection, len(c.retired))
	for i, r := range c.retired {
		conns[i] = r.conn
	}
	c.retired = nil
	return conns
}

func entry(el *list.Element) *cached {
	return el.Value.(*cached) //nolint:errcheck // the list holds nothing else
}

func keys(a App) (appKey, kindKey) {
	return appKey{a.Tenant, a.ID}, kindKey{a.Tenant, a.Provider}
}
