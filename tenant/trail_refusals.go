package tenant

import (
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/internal/recent"
)

// refusals decides which refused operations are recorded. Somebody who may do
// nothing can still be refused as often as they like: of an actor, an action
// and a reason in a tenant one refusal is recorded, and those of the minute
// after it are not. The zero value is ready to use, for one process; it is safe
// for concurrent use.
type refusals struct {
	mu       sync.Mutex
	recorded recent.Map[refused, time.Time]
}

// refused is what one entry stands for.
type refused struct {
	tenant                 ID
	actor, action, outcome string
}

const (
	refusalEvery = time.Minute
	// refusalsKept bounds the memory of a process; twice as many may be kept.
	refusalsKept = 5000
)

// first reports whether a refusal is the first of its kind for a minute.
func (r *refusals) first(e AuditEntry) bool {
	what := refused{e.Tenant, e.ActorID, e.Action, e.Outcome}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recorded.Size = refusalsKept
	if last, known := r.recorded.Get(what); known && e.At.Sub(last).Abs() < refusalEvery {
		return false
	}
	r.recorded.Put(what, e.At)
	return true
}
