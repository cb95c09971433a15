package providertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// Kind is the Fake's kind unless its config names another.
const Kind provider.Kind = "fake"

// The ids and the secret of the one app that a Fake knows.
const (
	OrgID        = "fake-org"
	ClientID     = "fake-client"
	ClientSecret = "fake-secret-2f6c1b" //nolint:gosec // of an app that does not exist
)

// FakeConfig describes a Fake. The zero value is ready to use.
type FakeConfig struct {
	// Kind defaults to the package's Kind.
	Kind provider.Kind
	// Limits are what the Fake says and obeys; zero fields mean no limit.
	Limits provider.Limits
	// Company is the directory; it can be changed later.
	Company Company
	// PageSize is how many entries a page of the directory holds; 0 means 5.
	PageSize int
	// Degrades are the content types that are shown as text.
	Degrades []provider.ContentType
	// NoTracking leaves out MessageTracker.
	NoTracking bool
}

// Fake is an office app in memory, with one organisation and one app in it. It
// is a provider.Factory; its Providers share its state. Everything on it is
// safe for concurrent use.
type Fake struct {
	cfg FakeConfig

	mu      sync.Mutex
	company Company
	steps   map[Op][]Step
	faults  map[Op]Step
	calls   map[Op]int
	refused map[provider.UserID]*provider.Error
	tasks   map[string]*task
	sent    []Sent
}

var _ provider.Factory = (*Fake)(nil)

// Op names a kind of call to a Fake.
type Op string

// The kinds of calls.
const (
	OpVerify      Op = "verify"
	OpScope       Op = "scope"
	OpDepartments Op = "departments"
	OpPeople      Op = "people"
	OpPerson      Op = "person"
	OpSend        Op = "send"
	OpTrack       Op = "track"
)

// Step says how one call goes. The zero value is an ordinary success.
type Step struct {
	// Wait makes the call wait until the channel is closed or its context is
	// done, before anything else.
	Wait <-chan struct{}
	// Err is returned instead of the result; a *provider.Error without
	// Provider and Op gets them.
	Err error
	// Done has the call take effect although Err is returned, as when the
	// answer is lost on its way.
	Done bool
	// Then is called after the call took effect, before it returns.
	Then func()
}

// Sent is one message that the Fake accepted.
type Sent struct {
	TaskID string
	// Users is who it went to, refused ones included; nil for everyone.
	Users    []provider.UserID
	Everyone bool
	Body     string
}

// task is a sent message with what became of it.
type task struct {
	sent     Sent
	at       time.Time
	done     bool
	percent  int
	outcomes map[provider.UserID]provider.PersonOutcome
}

// NewFake returns a Fake.
func NewFake(cfg FakeConfig) *Fake {
	if cfg.Kind == "" {
		cfg.Kind = Kind
	}
	if cfg.PageSize == 0 {
		cfg.PageSize = 5
	}
	return &Fake{
		cfg: cfg, company: cfg.Company.clone(),
		steps: make(map[Op][]Step), faults: make(map[Op]Step), calls: make(map[Op]int),
		refused: make(map[provider.UserID]*provider.Error), tasks: make(map[string]*task),
	}
}

// Script decides how the next calls of a kind go, one step each; after the last
// one they go as before.
func (f *Fake) Script(op Op, steps ...Step) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps[op] = append(f.steps[op], steps...)
}

// Break makes every call of a kind go that way until restore is called; scripts
// come first.
func (f *Fake) Break(op Op, s Step) (restore func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[op] = s
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.faults, op)
	}
}

// Refuse makes Send turn a user away at once; nil lets them in again.
func (f *Fake) Refuse(user provider.UserID, err *provider.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refused[user] = err
}

// SetCompany replaces the directory.
func (f *Fake) SetCompany(c Company) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.company = c.clone()
}

// Report decides what Track says about one person of a sent message.
func (f *Fake) Report(taskID string, user provider.UserID, o provider.PersonOutcome) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.tasks[taskID]; t != nil {
		t.outcomes[user] = o
	}
}

// Progress decides how far Track says the sending is: 100 is done.
func (f *Fake) Progress(taskID string, percent int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t := f.tasks[taskID]; t != nil {
		t.percent, t.done = percent, percent >= 100
	}
}

// Sent returns what was accepted so far, in order. The caller owns the slice.
func (f *Fake) Sent() []Sent {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

// Calls returns how many calls of a kind there were.
func (f *Fake) Calls(op Op) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[op]
}

// call counts a call and waits as its step says. The step's own error is the
// caller's to return.
func (f *Fake) call(ctx context.Context, op Op) (Step, error) {
	f.mu.Lock()
	f.calls[op]++
	s := f.faults[op]
	if len(f.steps[op]) > 0 {
		s, f.steps[op] = f.steps[op][0], f.steps[op][1:]
	}
	f.mu.Unlock()
	if s.Wait != nil {
		select {
		case <-s.Wait:
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return s, &provider.Error{Code: provider.CodeOf(err), Provider: f.cfg.Kind, Op: string(op), Err: err}
	}
	return s, nil
}

// failure completes a scripted error.
func (f *Fake) failure(op Op, err error) error {
	if e, ok := err.(*provider.Error); ok { //nolint:errorlint // a wrapped one is returned as it is
		c := *e
		if c.Provider == "" {
			c.Provider = f.cfg.Kind
		}
		if c.Op == "" {
			c.Op = string(op)
		}
		return &c
	}
	return err
}

func (f *Fake) errorf(op Op, code provider.Code, format string, args ...any) error {
	return &provider.Error{
		Code: code, Provider: f.cfg.Kind, Op: string(op), Upstream: fmt.Sprintf("E%d", code),
		UpstreamMessage: fmt.Sprintf(format, args...), RequestID: "fake-request", Unsent: true,
		Remedy: provider.Text{ZH: "检查配置", EN: "check the settings"},
	}
}
