package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/internal/password"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Connector opens a tenant's connections to office apps.
type Connector interface {
	// Connect returns the tenant's enabled connection of a kind, or a
	// *tenant.Error that says that there is none.
	Connect(ctx context.Context, t tenant.ID, kind provider.Kind) (tenant.Connection, error)

	// ConnectApp returns the connection of one app of the tenant, or a
	// *tenant.Error when it is gone or disabled.
	ConnectApp(ctx context.Context, t tenant.ID, appID string) (tenant.Connection, error)

	// OpenApp is as ConnectApp, with a Provider that the caller closes.
	OpenApp(ctx context.Context, t tenant.ID, appID string) (tenant.Connection, error)
}

// Ports are what a [Service] works with; all but Sessions and Events are
// required.
type Ports struct {
	Store     Store
	Connector Connector
	// Members are the platform's people and departments. Those that implement
	// Roster can be pushed, those that implement Managers keep who is whose
	// superior.
	Members    Members
	Queue      jobs.Queue
	Authorizer tenant.Authorizer
	// Sessions are ended of people whom a run suspends; default none.
	Sessions SessionEnder
	// Events is told what happens; default nobody.
	Events Publisher
}

// SessionEnder ends sessions. identity.Service implements it.
type SessionEnder interface {
	// EndSessions ends the sessions that users got by logging in to a tenant,
	// if the transaction of the context is committed.
	EndSessions(ctx context.Context, t tenant.ID, userIDs ...string) error
}

// Validate reports every port that is missing, joined.
func (p Ports) Validate() error {
	var faults []error
	for _, port := range []struct {
		name    string
		missing bool
	}{
		{"Store", p.Store == nil},
		{"Connector", p.Connector == nil},
		{"Members", p.Members == nil},
		{"Queue", p.Queue == nil},
		{"Authorizer", p.Authorizer == nil},
	} {
		if port.missing {
			faults = append(faults, fmt.Errorf("no %s", port.name))
		}
	}
	return errors.Join(faults...)
}

// Config tunes a [Service]. The zero value is ready to use. The first three
// fields are the rules of tenants that have not saved any of their own; see
// [Service.SaveSettings].
type Config struct {
	// Guard bounds what a run may remove without approval.
	Guard Guard
	// JoinExisting is how somebody becomes a member who has an account on the
	// platform but is not in the tenant; default JoinActive.
	JoinExisting JoinState
	// InitialPassword is the password of created accounts; default
	// NoPassword.
	InitialPassword PasswordPolicy
	// HouseNumbers returns a tenant's house number (门牌号), "" when it has
	// none; required for HouseNumberMobile, unused otherwise.
	HouseNumbers func(ctx context.Context, t tenant.ID) (string, error)

	// ReadParallel is how many calls to the office app a run makes at a time,
	// 1 to 64; default 8. The provider's own pacing applies on top.
	ReadParallel int
	// ApplyParallel is how many batches of people a run applies at a time, 1
	// to 8, where the store can write in parallel; default 2.
	ApplyParallel int
	// BatchSize is how many changes are applied in one transaction, 1 to 5000;
	// default 1000.
	BatchSize int
	// CallTimeout bounds one call to the office app, 1 s to 30 s; default 30 s.
	CallTimeout time.Duration
	// RetryPause is the pause before a call that failed is made again, doubled
	// with each further try, 1 ms to 1 min; default 1 s. A longer one that the
	// office app asks for is respected.
	RetryPause time.Duration
	// Slice is how long one job works on a run before it makes room for
	// others, 100 ms to 20 s; default 15 s.
	Slice time.Duration
	// PollInterval is how often Wait and Watch look for changes made by other
	// processes, 10 ms to 10 s; default 500 ms.
	PollInterval time.Duration
	// ScheduleJitter bounds by how much the times of a cron schedule are moved,
	// always by the same for a tenant, so that not all tenants begin at once;
	// up to 10 min, which is the default; -1 moves none.
	ScheduleJitter time.Duration
	// TimeZone is that of schedules for which a tenant has not chosen one, an
	// IANA name; default "Asia/Shanghai".
	TimeZone string
	// RetentionDays is how many days the runs of tenants that have not chosen
	// are kept, with their changes, 1 to 3650; default 180. What a run has
	// applied stays, and cannot be undone any more.
	RetentionDays int

	// Node names this process to administrators who ask which one holds a
	// stream of events, at most 128 bytes; default the host's name. It need not
	// be unique.
	Node string
	// MaxStreams is how many streams of events this process holds at most, up to
	// 10,000; default 500; -1 holds none. When all processes hold as many as they
	// may, further streams have no holder.
	MaxStreams int
	// StreamLease is for how long a process that has died keeps others from its
	// streams, 1 s to 5 min; default 30 s. It is renewed when a third of it has
	// passed. The clocks of the processes should differ by far less.
	StreamLease time.Duration
	// StreamCheck is how often this process looks for streams to open and to
	// close, 10 ms to a third of StreamLease; default 2 s or that third. Up to a
	// quarter is added at random.
	StreamCheck time.Duration

	// Now is the clock; default time.Now.
	Now func() time.Time
	// Metrics counts runs; its zero fields discard.
	Metrics Metrics
	// Logger; default discards.
	Logger *slog.Logger
}

// Guard bounds what a run may remove: when more people would leave than the
// larger of People and Percent of those active, the plan waits for approval.
type Guard struct {
	// People is a number of people; 0 means 10, -1 means none.
	People int `json:"people"`
	// Percent is a part of the directory's active people, 1 to 100; 0 means 10,
	// -1 means none.
	Percent int `json:"percent"`
}

// PasswordPolicy says which password a created account has.
type PasswordPolicy string

// The password policies.
const (
	// NoPassword: the account cannot sign in by password until one is set.
	NoPassword PasswordPolicy = "none"
	// HouseNumberMobile: the tenant's house number followed by the mobile
	// number, to be changed at first login. It can be guessed by anybody who
	// knows both; offered for compatibility. Hashing takes about 50 ms of one
	// processor for each created account, so a first pull of 10,000 people
	// takes minutes.
	HouseNumberMobile PasswordPolicy = "house_number_mobile"
)

// WithDefaults returns a copy with every zero field set to its default.
func (c Config) WithDefaults() Config {
	c.Metrics = c.Metrics.withDefaults()
	def(&c.Guard.People, 10)
	def(&c.Guard.Percent, 10)
	def(&c.JoinExisting, JoinActive)
	def(&c.InitialPassword, NoPassword)
	def(&c.ReadParallel, 8)
	def(&c.ApplyParallel, 2)
	def(&c.BatchSize, 1000)
	def(&c.CallTimeout, 30*time.Second)
	def(&c.RetryPause, time.Second)
	def(&c.Slice, 15*time.Second)
	def(&c.PollInterval, 500*time.Millisecond)
	def(&c.ScheduleJitter, maxJitter)
	def(&c.TimeZone, "Asia/Shanghai")
	def(&c.RetentionDays, 180)
	if c.Node == "" {
		c.Node, _ = os.Hostname() // without a name the holder's own part is left
	}
	def(&c.MaxStreams, 500)
	def(&c.StreamLease, 30*time.Second)
	def(&c.StreamCheck, min(2*time.Second, c.StreamLease/3))
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Validate reports every fault of a configuration with defaults, joined.
func (c Config) Validate() error {
	var faults []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	check(c.Guard.People >= -1, "Guard.People %d: want -1 or more", c.Guard.People)
	check(c.Guard.Percent >= -1 && c.Guard.Percent <= 100, "Guard.Percent %d: want -1 to 100", c.Guard.Percent)
	check(c.JoinExisting == JoinActive || c.JoinExisting == JoinPending, "JoinExisting %q: want active or pending", c.JoinExisting)
	check(c.InitialPassword == NoPassword || c.InitialPassword == HouseNumberMobile,
		"InitialPassword %q: want none or house_number_mobile", c.InitialPassword)
	check(c.InitialPassword != HouseNumberMobile || c.HouseNumbers != nil,
		"HouseNumbers: required for InitialPassword house_number_mobile")
	check(c.ReadParallel >= 1 && c.ReadParallel <= 64, "ReadParallel %d: want 1 to 64", c.ReadParallel)
	check(c.ApplyParallel >= 1 && c.ApplyParallel <= 8, "ApplyParallel %d: want 1 to 8", c.ApplyParallel)
	check(c.BatchSize >= 1 && c.BatchSize <= 5000, "BatchSize %d: want 1 to 5000", c.BatchSize)
	check(c.CallTimeout >= time.Second && c.CallTimeout <= 30*time.Second, "CallTimeout %s: want 1s to 30s", c.CallTimeout)
	check(c.RetryPause >= time.Millisecond && c.RetryPause <= time.Minute, "RetryPause %s: want 1ms to 1m", c.RetryPause)
	check(c.Slice >= 100*time.Millisecond && c.Slice <= 20*time.Second, "Slice %s: want 100ms to 20s", c.Slice)
	check(c.PollInterval >= 10*time.Millisecond && c.PollInterval <= 10*time.Second,
		"PollInterval %s: want 10ms to 10s", c.PollInterval)
	check(c.ScheduleJitter == -1 || c.ScheduleJitter > 0 && c.ScheduleJitter <= maxJitter,
		"ScheduleJitter %s: want up to %s, or -1 for none", c.ScheduleJitter, maxJitter)
	_, err := zone(c.TimeZone)
	check(err == nil, "TimeZone %q: want an IANA name such as Asia/Shanghai", c.TimeZone)
	check(c.RetentionDays >= 1 && c.RetentionDays <= maxRetentionDays,
		"RetentionDays %d: want 1 to %d", c.RetentionDays, maxRetentionDays)
	check(len(c.Node) <= 128 && utf8.ValidString(c.Node) && !strings.ContainsFunc(c.Node, unicode.IsControl),
		"Node %q: want at most 128 bytes of printable text", c.Node)
	check(c.MaxStreams >= -1 && c.MaxStreams <= 10_000, "MaxStreams %d: want up to 10000, or -1 for none", c.MaxStreams)
	check(c.StreamLease >= time.Second && c.StreamLease <= 5*time.Minute, "StreamLease %s: want 1s to 5m", c.StreamLease)
	check(c.StreamCheck >= 10*time.Millisecond && c.StreamCheck <= c.StreamLease/3,
		"StreamCheck %s: want 10ms to a third of StreamLease %s", c.StreamCheck, c.StreamLease)
	return errors.Join(faults...)
}

// Service starts, works and reports runs.
type Service struct {
	store   Store
	conns   Connector
	members Members
	// roster is what can be pushed; nil when the members are no Roster.
	roster Roster
	queue  jobs.Queue
	authz  tenant.Authorizer
	trail  *tenant.Trail
	events Publisher
	// sessions may be nil.
	sessions SessionEnder
	cfg      Config
	wake     *wakeups
	// streams holds connections between StartStreams and StopStreams.
	streams *streams
	hash    func(provider.Secret) (string, error)
}

// New returns a Service; it starts nothing. Register the jobs of
// [Service.Handlers] with the runner behind Ports.Queue.
func New(ports Ports, cfg Config) (*Service, error) {
	cfg = cfg.WithDefaults()
	if err := errors.Join(ports.Validate(), cfg.Validate()); err != nil {
		return nil, fmt.Errorf("sync: new service: %w", err)
	}
	if ports.Events == nil {
		ports.Events = silence{}
	}
	roster, _ := ports.Members.(Roster)
	s := &Service{
		store: ports.Store, conns: ports.Connector, members: ports.Members, roster: roster, queue: ports.Queue,
		authz: ports.Authorizer, events: ports.Events, sessions: ports.Sessions,
		cfg: cfg, wake: newWakeups(), hash: password.Hash,
	}
	s.trail = tenant.NewTrail(s.store, s.authz, cfg.Logger, s.now)
	s.streams = newStreams(s)
	return s, nil
}
