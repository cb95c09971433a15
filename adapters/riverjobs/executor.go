package riverjobs

import (
	"context"
	"math"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

const (
	// keptFailures is how many failures of a job stay on record: each is part
	// of the row, which is rewritten by every attempt.
	keptFailures = 50
	// maxAttempt is where attempts stop counting; maxAttempts is the largest
	// number that River's column holds, and the attempt at which it gives up.
	maxAttempt  = 30_000
	maxAttempts = 1<<15 - 1
)

// executor is what River's working side sends its statements through. It keeps
// the claims, and sets waiting jobs and finished ones differently from River.
type executor struct {
	riverdriver.Executor // the database's
	held                 *claims
	shares               map[string]*share // by queue
	backlog              backlog
	// finish deletes jobs that run in this process, and ours returns which of some
	// do: a process that was taken for dead has no say in what others work now.
	finish func(ctx context.Context, ids []int64) error
	ours   func(ctx context.Context, ids []int64) (map[int64]bool, error)
}

// backlog is the jobs of a queue that can be worked, the newest ones first.
type backlog interface {
	// claim claims jobs of a stretch, those of busy tenants apart, of each tenant
	// at most each.
	claim(ctx context.Context, p *riverdriver.JobGetAvailableParams, s stretch) ([]*rivertype.JobRow, error)
	// end returns where a stretch ends and the next one begins; nil when it goes
	// to the oldest job.
	end(ctx context.Context, p *riverdriver.JobGetAvailableParams, s stretch) (*position, error)
}

// stretchOf is how many jobs a stretch has.
const stretchOf = 500

// stretch is a part of a backlog: what is before a position in time.
type stretch struct {
	before position
	busy   []string
	each   int
}

// position is that of a job in its queue.
type position struct {
	at time.Time
	id int64
}

// newest is after every job there can be.
func newest() position { return position{time.Now().Add(time.Hour), math.MaxInt64} }

// JobGetAvailable implements riverdriver.Executor. It claims the oldest jobs, as
// many as surely have places in the shares of their tenants. When there are
// more than that, it looks behind them for tenants that are not busy.
func (e *executor) JobGetAvailable(ctx context.Context, p *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	sh := e.shares[p.Queue]
	oldest := *p
	oldest.MaxToLock = min(p.MaxToLock, sh.room())
	res := &riverdriver.JobGetAvailableResult{}
	if oldest.MaxToLock > 0 {
		var err error
		if res, err = e.Executor.JobGetAvailable(ctx, &oldest); err != nil {
			return nil, err
		}
	}
	left := p.MaxToLock - len(res.Jobs)
	behind := len(res.Jobs) == oldest.MaxToLock
	res.Jobs = e.hold(sh, res.Jobs)
	sh.setBehind(behind)
	if !behind || left == 0 {
		return res, nil
	}
	jobs, err := e.lookBehind(ctx, sh, p, left)
	if err != nil && len(res.Jobs) == 0 { // else the next look finds them
		return nil, err
	}
	res.Jobs = append(res.Jobs, jobs...)
	return res, nil
}

// lookBehind claims jobs of tenants that would otherwise wait for the backlog of
// others.
func (e *executor) lookBehind(
	ctx context.Context, sh *share, p *riverdriver.JobGetAvailableParams, most int,
) ([]*rivertype.JobRow, error) {
	s, ok := sh.lookBehind(time.Now())
	if !ok {
		return nil, nil
	}
	end, err := e.backlog.end(ctx, p, s)
	if err != nil {
		return nil, err
	}
	some := *p
	some.MaxToLock = most
	jobs, err := e.backlog.claim(ctx, &some, s)
	if err != nil {
		return nil, err
	}
	sh.looked(end)
	return e.hold(sh, jobs), nil
}

// hold gives claimed jobs their places, and returns those that are to be worked.
func (e *executor) hold(sh *share, claimed []*rivertype.JobRow) []*rivertype.JobRow {
	jobs := e.held.add(claimed)
	sh.take(jobs)
	return jobs
}

// JobSetStateIfRunningMany implements riverdriver.Executor. It returns only
// rows that still exist; River uses them for events, which nobody here asks
// for.
func (e *executor) JobSetStateIfRunningMany(ctx context.Context, p *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	finished, others, err := e.split(ctx, p)
	if err != nil {
		return nil, err
	}
	if len(finished) > 0 {
		if err := e.finish(ctx, finished); err != nil {
			return nil, err
		}
	}
	var rows []*rivertype.JobRow
	if len(others.ID) > 0 {
		if rows, err = e.Executor.JobSetStateIfRunningMany(ctx, others); err != nil {
			return nil, err
		}
	}
	e.held.remove(p.ID)
	e.release(p.ID)
	return rows, nil
}

// release gives back the places of jobs that never came to be worked.
func (e *executor) release(ids []int64) {
	for _, sh := range e.shares {
		for _, id := range ids {
			sh.release(id)
		}
	}
}

// split separates completed jobs from those that go on in another state, if they
// are still this process's.
func (e *executor) split(ctx context.Context, p *riverdriver.JobSetStateIfRunningManyParams) (
	finished []int64, others *riverdriver.JobSetStateIfRunningManyParams, err error,
) {
	others = &riverdriver.JobSetStateIfRunningManyParams{Now: p.Now, Schema: p.Schema}
	var going []int64
	for i, id := range p.ID {
		if p.State[i] == rivertype.JobStateCompleted {
			finished = append(finished, id)
		} else {
			going = append(going, id)
		}
	}
	if len(going) == 0 {
		return finished, others, nil
	}
	ours, err := e.ours(ctx, going)
	if err != nil {
		return nil, nil, err
	}
	for i, id := range p.ID {
		if p.State[i] == rivertype.JobStateCompleted || !ours[id] {
			continue
		}
		attempt, failure := e.bound(id, p.Attempt[i], p.ErrData[i])
		others.ID = append(others.ID, id)
		others.Attempt = append(others.Attempt, attempt)
		others.ErrData = append(others.ErrData, failure)
		others.FinalizedAt = append(others.FinalizedAt, p.FinalizedAt[i])
		others.MetadataDoMerge = append(others.MetadataDoMerge, p.MetadataDoMerge[i])
		others.MetadataUpdates = append(others.MetadataUpdates, p.MetadataUpdates[i])
		others.ScheduledAt = append(others.ScheduledAt, p.ScheduledAt[i])
		others.State = append(others.State, waiting(p.State[i], p.ScheduledAt[i]))
	}
	return finished, others, nil
}

// waiting returns the state of a job that waits for its time. River's own
// states for it are left only through a leader, every five seconds; an
// available job with a later time is left alone by workers until then.
func waiting(state rivertype.JobState, at *time.Time) rivertype.JobState {
	if at != nil && (state == rivertype.JobStateScheduled || state == rivertype.JobStateRetryable) {
		return rivertype.JobStateAvailable
	}
	return state
}

// bound keeps the row of a job that fails for ever from growing for ever.
func (e *executor) bound(id int64, attempt *int, failure []byte) (*int, []byte) {
	if failure == nil {
		return attempt, failure
	}
	n := e.held.attempt(id)
	if n > keptFailures {
		failure = nil
	}
	if n >= maxAttempt && attempt == nil {
		n--
		attempt = &n
	}
	return attempt, failure
}
