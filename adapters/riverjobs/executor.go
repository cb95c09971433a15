package riverjobs

import (
	"context"
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
	// finish deletes running jobs.
	finish func(ctx context.Context, ids []int64) error
}

// JobGetAvailable implements riverdriver.Executor.
func (e *executor) JobGetAvailable(ctx context.Context, p *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	res, err := e.Executor.JobGetAvailable(ctx, p)
	if err != nil {
		return nil, err
	}
	e.held.add(res.Jobs)
	return res, nil
}

// JobSetStateIfRunningMany implements riverdriver.Executor. It returns only
// rows that still exist; River uses them for events, which nobody here asks
// for.
func (e *executor) JobSetStateIfRunningMany(ctx context.Context, p *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	finished, others := e.split(p)
	if len(finished) > 0 {
		if err := e.finish(ctx, finished); err != nil {
			return nil, err
		}
	}
	var rows []*rivertype.JobRow
	if len(others.ID) > 0 {
		var err error
		if rows, err = e.Executor.JobSetStateIfRunningMany(ctx, others); err != nil {
			return nil, err
		}
	}
	e.held.remove(p.ID)
	return rows, nil
}

// split separates completed jobs from those that go on in another state.
func (e *executor) split(p *riverdriver.JobSetStateIfRunningManyParams) (finished []int64, others *riverdriver.JobSetStateIfRunningManyParams) {
	others = &riverdriver.JobSetStateIfRunningManyParams{Now: p.Now, Schema: p.Schema}
	for i, id := range p.ID {
		if p.State[i] == rivertype.JobStateCompleted {
			finished = append(finished, id)
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
	return finished, others
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
