package sync

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
)

// streamsAtOnce is how many streams a process begins to hold at a time: the
// office app is not asked for hundreds of connections in one moment, and
// processes that start together share what there is.
const streamsAtOnce = 20

// streams holds the streams of apps: each for as long as this process has its
// lease, and at most Config.MaxStreams. Everything below mu belongs to the
// goroutine of run.
type streams struct {
	service *Service
	holder  string
	// wake asks for a look before its time.
	wake chan struct{}

	mu      sync.Mutex
	end     context.CancelFunc
	done    chan struct{}
	stopped bool

	open map[StreamKey]*openStream
	// ailing is true while the store does not answer.
	ailing bool
}

// openStream is a stream that this process holds, or is about to leave.
type openStream struct {
	version int64
	until   time.Time
	cancel  context.CancelFunc
	// leaving is true once it is to end; left is closed when it has.
	leaving bool
	left    chan struct{}
}

func (o *openStream) leave() {
	o.leaving = true
	o.cancel()
}

func newStreams(s *Service) *streams {
	return &streams{
		service: s, holder: s.cfg.Node + "-" + uuid.NewString()[:8], wake: make(chan struct{}, 1),
		open: make(map[StreamKey]*openStream),
	}
}

// StartStreams begins to hold the connections over which office apps tell of
// events, for the apps whose provider.SettingEventMode is stream, and returns. Of
// all processes on one database each connection is held by one; when that one
// dies another takes it over within Config.StreamLease. The context bounds
// starting only. Starting twice, or after StopStreams, is an error.
func (s *Service) StartStreams(context.Context) error {
	return s.streams.start() //nolint:contextcheck // they go on until StopStreams
}

// StopStreams ends all connections, waits for the event under way until ctx is
// done, and leaves them to other processes at once. It may be called more than
// once and before StartStreams.
func (s *Service) StopStreams(ctx context.Context) error {
	return s.streams.stop(ctx)
}

// LookAtStreams has this process look now for connections to be opened or
// closed, and not only after Config.StreamCheck: call it when the settings of an
// app have changed.
func (s *Service) LookAtStreams() { s.streams.poke() }

func (st *streams) start() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.stopped || st.done != nil {
		return errors.New("sync: start streams: started or stopped already")
	}
	if st.service.cfg.MaxStreams < 0 {
		return nil
	}
	ctx, end := context.WithCancel(context.Background())
	st.end, st.done = end, make(chan struct{})
	go func() {
		defer close(st.done)
		st.run(ctx)
	}()
	return nil
}

func (st *streams) stop(ctx context.Context) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.stopped = true
	if st.done == nil {
		return nil
	}
	st.end()
	select {
	case <-st.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("sync: stop streams: %w", ctx.Err())
	}
}

func (st *streams) poke() {
	select {
	case st.wake <- struct{}{}:
	default: // somebody has asked already
	}
}

// run looks again and again until ctx is done, and leaves everything behind as
// it should be then.
func (st *streams) run(ctx context.Context) {
	for ctx.Err() == nil {
		st.look(ctx)
		timer := time.NewTimer(jittered(st.service.cfg.StreamCheck))
		select {
		case <-ctx.Done():
		case <-st.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	st.leaveAll(context.WithoutCancel(ctx))
}

// jittered returns a pause that is up to a quarter longer.
func jittered(d time.Duration) time.Duration {
	return d + rand.N(d/4+1) //nolint:gosec // spreads load, guards nothing
}

// look opens, keeps and closes streams as the store says.
func (st *streams) look(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, st.service.cfg.StreamLease/3)
	defer cancel()
	now := st.service.now()
	leases, err := st.leases(asking, now)
	if err == nil {
		err = st.follow(ctx, asking, leases)
	} else {
		st.leaveStale(now)
	}
	if ailing := err != nil && ctx.Err() == nil; ailing != st.ailing {
		st.ailing = ailing
		if ailing {
			st.service.cfg.Logger.WarnContext(ctx, "streams of events not looked at", "op", streamOp, "error", err)
		}
	}
}

// leases returns the streams that are this process's to hold from now on.
func (st *streams) leases(ctx context.Context, now time.Time) (map[StreamKey]StreamLease, error) {
	cfg, store := st.service.cfg, st.service.store
	free := min(streamsAtOnce, max(0, cfg.MaxStreams-len(st.open)))
	list, err := store.Streams(ctx, st.holder, free, now)
	if err != nil {
		return nil, err
	}
	leases, until := make(map[StreamKey]StreamLease, len(list)), now.Add(cfg.StreamLease)
	var due []StreamKey
	taken := 0
	for _, l := range list {
		leases[l.StreamKey] = l
		if l.Until.IsZero() {
			taken++
		}
		if l.Until.Sub(now) < cfg.StreamLease*2/3 {
			due = append(due, l.StreamKey)
			delete(leases, l.StreamKey)
		}
	}
	if len(due) == 0 {
		return leases, nil
	}
	held, err := store.HoldStreams(ctx, st.holder, due, now, until)
	if err != nil {
		return nil, err
	}
	isHeld := make(map[StreamKey]bool, len(held))
	for _, key := range held {
		isHeld[key] = true
	}
	for _, l := range list {
		if isHeld[l.StreamKey] {
			l.Until = until
			leases[l.StreamKey] = l
		}
	}
	if taken == streamsAtOnce {
		st.poke() // there may be more
	}
	return leases, nil
}

// follow opens the streams of leases that are not open, and leaves those that
// have none or another version. One that is being left is looked at again when
// it is.
func (st *streams) follow(ctx, asking context.Context, leases map[StreamKey]StreamLease) error {
	var gone []StreamKey
	for key, o := range st.open {
		l, wanted := leases[key]
		if wanted && l.Version == o.version && !o.leaving {
			o.until = l.Until
			delete(leases, key)
			continue
		}
		o.leave()
		select {
		case <-o.left:
			delete(st.open, key)
			if !wanted {
				gone = append(gone, key)
			}
		default:
			delete(leases, key)
		}
	}
	for key, l := range leases {
		st.hold(ctx, key, l)
	}
	if len(gone) == 0 {
		return nil
	}
	return st.service.store.ReleaseStreams(asking, st.holder, gone)
}

// hold opens a stream, and opens it again whenever it ends, until it is left.
func (st *streams) hold(ctx context.Context, key StreamKey, l StreamLease) {
	ctx, cancel := context.WithCancel(ctx)
	o := &openStream{version: l.Version, until: l.Until, cancel: cancel, left: make(chan struct{})}
	st.open[key] = o
	go func() {
		defer st.poke()
		defer close(o.left)
		defer cancel()
		st.service.followStream(ctx, st.holder, key)
	}()
}

// leaveStale leaves the streams whose leases have run out while the store could
// not be asked: another process may have them by now.
func (st *streams) leaveStale(now time.Time) {
	for _, o := range st.open {
		if !o.until.After(now) {
			o.leave()
		}
	}
}

// leaveAll leaves all streams and gives up their leases.
func (st *streams) leaveAll(ctx context.Context) {
	if len(st.open) == 0 {
		return
	}
	keys := make([]StreamKey, 0, len(st.open))
	for _, o := range st.open {
		o.leave()
	}
	for key, o := range st.open {
		<-o.left
		keys = append(keys, key)
	}
	ctx, cancel := context.WithTimeout(ctx, st.service.cfg.StreamLease/3)
	defer cancel()
	if err := st.service.store.ReleaseStreams(ctx, st.holder, keys); err != nil {
		st.service.cfg.Logger.WarnContext(ctx, "streams of events not released; others take them over when the leases run out",
			"op", streamOp, "error", err)
	}
}
