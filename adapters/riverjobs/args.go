package riverjobs

import (
	"encoding/json"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/thirdapp/thirdapp/jobs"
)

// args is the one type of job that River sees; its kind is data.
type args struct {
	kind   string
	Tenant string `json:"tenant" river:"unique"`
	Key    string `json:"key,omitempty" river:"unique"`
	// Payload is the JSON of the handler as text. As JSON it would change on
	// the way: jsonb sorts keys and refuses some escapes that SQLite keeps.
	Payload string `json:"payload,omitempty"`
	Trace   string `json:"trace,omitempty"`
}

var _ river.JobArgs = args{}

// Kind implements river.JobArgs.
func (a args) Kind() string { return a.kind }

// uniqueStates are the states of an unfinished job.
func uniqueStates() []rivertype.JobState {
	return []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
		rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}
}

// insertParams translates a job for River.
func insertParams(job jobs.Job, queue string) river.InsertManyParams {
	opts := &river.InsertOpts{Queue: queue, ScheduledAt: job.RunAt}
	if job.Key != "" {
		opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: uniqueStates()}
	}
	return river.InsertManyParams{
		Args:       args{kind: job.Kind, Tenant: job.Tenant, Key: job.Key, Payload: string(job.Payload), Trace: job.Trace},
		InsertOpts: opts,
	}
}

// run translates a job of River for its handler.
func run(job *river.Job[args]) jobs.Run {
	r := jobs.Run{
		Kind:    job.Kind,
		Tenant:  job.Args.Tenant,
		Key:     job.Args.Key,
		Trace:   job.Args.Trace,
		Attempt: job.Attempt,
	}
	if job.Args.Payload != "" {
		r.Payload = json.RawMessage(job.Args.Payload)
	}
	return r
}
