package riverjobs

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// database is what differs between the databases when no jobs are worked.
type database interface {
	// inserter lets River insert jobs in a transaction of the store.
	inserter() riverdriver.Driver[*sql.Tx]
	// wake tells the workers of these queues of committed jobs. It does not
	// wait, and may fail silently.
	wake(queues []string)
	// wakeInTx tells the workers when tx commits.
	wakeInTx(ctx context.Context, tx *sql.Tx, queues []string) error
	// settle returns when no wake-up is under way; later ones are not sent.
	settle()
	migrate(ctx context.Context) error
	rollback(ctx context.Context) error
	// open prepares for working that many queues.
	open(ctx context.Context, queues int) (workplace, error)
}

// workplace is what differs between the databases for a process that works
// jobs. Its id is that of the process: of its River client.
type workplace interface {
	client(cfg *river.Config, held *claims, shares map[string]*share) (riverClient, error)
	// wakeHere makes a queue of this process look for jobs.
	wakeHere(queue string)
	// join makes the process known, before it takes its first job.
	join(ctx context.Context, id string) ([]lostJob, error)
	// beat says that the process lives.
	beat(ctx context.Context, id string) error
	// rescue makes jobs available again that are running in no process: those
	// of dead ones, and those of this one that it does not hold. It leaves them
	// in queue unrouted.
	rescue(ctx context.Context, id string, held []int64) ([]lostJob, error)
	// leave makes the process unknown; it holds no jobs any more.
	leave(ctx context.Context, id string) error
	// route puts available jobs of these kinds that are in queue unrouted into
	// their queues; adopt does it with those in any queue that is not among
	// the process's, such as one of an earlier release.
	route(ctx context.Context, to routes) error
	adopt(ctx context.Context, to routes) error
	// clean removes what is of no interest any longer.
	clean(ctx context.Context) error
	close()
}

// riverClient is a River client that works jobs, of either transaction type.
type riverClient interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// lostJob is a job that was taken up again because nobody was working it.
type lostJob struct {
	kind    string
	tenant  string
	attempt int // that was lost
}

// lostFailure is the failure that goes on the record of such a job.
const lostFailure = "the process that worked this job ended or lost it"
