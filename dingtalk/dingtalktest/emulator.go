package dingtalktest

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Options configures an emulator. The zero value is an empty emulator with
// DingTalk's documented behaviour and without throttling.
type Options struct {
	// Companies live in the emulator from the start.
	Companies []Company
	// Now is the clock of tokens, limits and messages; default time.Now. The
	// delays of faults are real time.
	Now func() time.Time
	// TokenLifetime is how long an access token is valid; default 2 h (docs,
	// "get the access token of an internal app", read 2026-11-22). Answers tell
	// it in whole seconds.
	TokenLifetime time.Duration
	// CallsPerSecond bounds the calls of one app to one API; more are refused
	// with 90018. 0 is no bound; DingTalk's is 20 (docs, "call frequency
	// limit", read 2026-11-22).
	CallsPerSecond int
	// PeoplePerMinute bounds how many people one app reaches by work
	// notification; the rest is dropped with 143103 in the send result. 0 is no
	// bound; DingTalk's is 5000 (docs, "asynchronous sending of work
	// notifications", read 2026-11-22).
	PeoplePerMinute int
	// MessagesPerPersonPerDay bounds how many work notifications of one app a
	// person gets a day; the rest is dropped with 143105. Default 500 (docs,
	// as above).
	MessagesPerPersonPerDay int
	// SendSteps is in how many calls of getsendprogress a message goes from
	// accepted to sent. 0 sends at once.
	SendSteps int
	// SendTime is how long sending takes by the clock. 0 sends at once. With
	// SendSteps too, the slower of both decides.
	SendTime time.Duration
	// AutoRead makes everybody read what they get.
	AutoRead bool
	// CallHistory is how many calls Emulator.Calls remembers, the newest;
	// default 10,000. Counts have no such bound.
	CallHistory int
	// Admin serves the administration API under /_emulator/. It shows the
	// secrets of the apps and asks for no credentials.
	Admin bool
}

const (
	defaultTokenLifetime = 2 * time.Hour
	defaultDailyMessages = 500
	defaultCallHistory   = 10_000
)

// withDefaults returns a copy in which nothing is left to decide.
func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.TokenLifetime <= 0 {
		o.TokenLifetime = defaultTokenLifetime
	}
	if o.MessagesPerPersonPerDay <= 0 {
		o.MessagesPerPersonPerDay = defaultDailyMessages
	}
	if o.CallHistory <= 0 {
		o.CallHistory = defaultCallHistory
	}
	return o
}

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

	tokens tokenTable
	faults faultSet
	record recorder
	outbox outbox
	ids    requestIDs

	closed    chan struct{}
	closeOnce sync.Once
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
	}
	em.routes = em.routeTable()
	if opts.Admin {
		em.admin = em.adminMux()
	}
	em.record.init(opts.CallHistory)
	em.tokens.init()
	em.outbox.init()
	em.ids.init()
	for _, c := range opts.Companies {
		if err := em.AddCompany(c); err != nil {
			panic(fmt.Sprintf("dingtalktest.New: %v", err))
		}
	}
	return em
}

// Close lets go of every request that a fault holds. It does not stop the
// emulator; call it before closing the server around it, which waits for such
// requests.
func (em *Emulator) Close() { em.closeOnce.Do(func() { close(em.closed) }) }

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
	co := &company{corpID: c.CorpID, name: c.Name, directory: dir}
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
	corpID    string
	name      string
	directory *directory
	apps      []*app

	dropMu sync.Mutex
	// drops tells for which people messages get lost, and how.
	drops map[string]drop
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
