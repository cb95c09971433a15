package dingtalktest

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Emulator answers like DingTalk's servers, the old API
// (https://oapi.dingtalk.com) and the new one (https://api.dingtalk.com) on one
// handler. All its methods may be called at any time by any goroutine.
type Emulator struct {
	opts   Options
	routes map[string]*route
	admin  http.Handler // nil without Options.Admin

	mu        sync.RWMutex
	companies map[string]*company
	ordered   []*company
	apps      map[string]*app

	tokens      tokenTable
	faults      faultSet
	eventFaults eventFaultSet
	streams     streamTable
	// pusher makes callbacks.
	pusher *http.Client
	record recorder
	outbox outbox
	media  mediaStore
	rooms  roomTable
	logins loginBook
	ids    requestIDs

	closed    chan struct{}
	closeOnce sync.Once
	// life ends with Close, by endLife.
	life    context.Context //nolint:containedctx // that of the emulator itself
	endLife context.CancelFunc
	// workMu guards the beginning of work, the goroutines that Close waits for.
	workMu sync.Mutex
	work   sync.WaitGroup
}

var _ http.Handler = (*Emulator)(nil)

// New returns an emulator. It panics when a company in opts breaks the rules of
// the model; AddCompany returns the same as an error.
func New(opts Options) *Emulator {
	opts = opts.withDefaults()
	em := &Emulator{
		opts:      opts,
		companies: make(map[string]*company),
		apps:      make(map[string]*app),
		closed:    make(chan struct{}),
		pusher: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 4, DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	em.life, em.endLife = context.WithCancel(context.Background())
	em.routes = em.routeTable()
	if opts.Admin {
		em.admin = em.adminMux()
	}
	em.record.init(opts.CallHistory)
	em.tokens.init()
	em.outbox.init(opts.MessageHistory)
	em.media.init()
	em.rooms.init()
	em.streams.init()
	em.logins.init()
	em.ids.init()
	for _, c := range opts.Companies {
		if err := em.AddCompany(c); err != nil {
			panic(fmt.Sprintf("dingtalktest.New: %v", err))
		}
	}
	return em
}

// Close lets go of every request that a fault holds, and tells nobody of events
// any more. It does not stop the emulator; call it before closing the server
// around it, which waits for such requests.
func (em *Emulator) Close() {
	em.closeOnce.Do(func() {
		em.workMu.Lock()
		close(em.closed)
		em.endLife()
		em.workMu.Unlock()
	})
	em.work.Wait()
	em.pusher.CloseIdleConnections()
}

// begin runs f in a goroutine that Close waits for, and tells whether it does:
// not after Close.
func (em *Emulator) begin(f func()) bool {
	em.workMu.Lock()
	defer em.workMu.Unlock()
	if em.isClosed() {
		return false
	}
	em.work.Go(f)
	return true
}

func (em *Emulator) isClosed() bool {
	select {
	case <-em.closed:
		return true
	default:
		return false
	}
}

// untilClosed returns a context that ends with Close.
func (em *Emulator) untilClosed() (context.Context, context.CancelFunc) {
	return context.WithCancel(em.life)
}

// AddCompany adds a company. It returns ErrInvalid for what breaks a rule of
// the model and ErrExists for a corp id or client id that is taken.
func (em *Emulator) AddCompany(c Company) error {
	if c.CorpID == "" {
		return fmt.Errorf("%w: company %q: corp id is empty", ErrInvalid, c.Name)
	}
	dir, err := newDirectory(c)
	if err != nil {
		return fmt.Errorf("company %q: %w", c.CorpID, err)
	}
	co := &company{em: em, corpID: c.CorpID, name: c.Name, directory: dir}
	apps := c.Apps
	if len(apps) == 0 {
		apps = []App{defaultApp(c.CorpID)}
	}

	em.mu.Lock()
	defer em.mu.Unlock()
	if em.companies[c.CorpID] != nil {
		return fmt.Errorf("%w: company %q", ErrExists, c.CorpID)
	}
	var added []*app
	for _, a := range apps {
		one, err := em.newApp(co, added, a)
		if err != nil {
			return fmt.Errorf("company %q: %w", c.CorpID, err)
		}
		added = append(added, one)
	}
	for _, a := range added {
		em.apps[a.clientID] = a
	}
	co.apps = added
	em.companies[c.CorpID] = co
	em.ordered = append(em.ordered, co)
	return nil
}

// company is one company and what belongs to it. apps is guarded by
// Emulator.mu.
type company struct {
	em        *Emulator
	corpID    string
	name      string
	directory *directory
	apps      []*app

	newsMu sync.Mutex
	// news are the events that apps were told, lastNews the time of the newest.
	news     []Event
	lastNews time.Time

	dropMu sync.Mutex
	// drops tells for which people messages get lost, and how.
	drops map[string]drop
	// slowed are those whom robots may not write to for speed.
	slowed map[string]struct{}
}

func (em *Emulator) company(corpID string) (*company, error) {
	em.mu.RLock()
	defer em.mu.RUnlock()
	co := em.companies[corpID]
	if co == nil {
		return nil, fmt.Errorf("%w: company %q", ErrNotFound, corpID)
	}
	return co, nil
}

// CorpIDs returns the companies in the order they were added.
func (em *Emulator) CorpIDs() []string {
	em.mu.RLock()
	defer em.mu.RUnlock()
	ids := make([]string, len(em.ordered))
	for i, co := range em.ordered {
		ids[i] = co.corpID
	}
	return ids
}
