package tenant

import (
	"errors"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/internal/recent"
	"github.com/thirdapp/thirdapp/provider"
)

// Refusals decides which refused operations stand in the audit trail. Somebody
// who may do nothing can still be refused as often as they like: one refusal of
// an actor, an action and a reason in a tenant is recorded, and those of the
// minute after it are not. The zero value is ready to use, for one process; it
// is safe for concurrent use.
type Refusals struct {
	mu       sync.Mutex
	recorded recent.Map[refused, time.Time]
}

// refused is what one row stands for.
type refused struct {
	tenant                 ID
	actor, action, outcome string
}

const (
	refusalEvery = time.Minute
	// refusalsKept bounds the memory of a process; twice as many may be kept.
	refusalsKept = 5000
)

// Row makes a row about an operation that of its refusal; record is false when
// err is a fault and no refusal, and when the row would say again what one of
// the last minute does.
func (r *Refusals) Row(row AuditEntry, err error) (_ AuditEntry, record bool) {
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Code == provider.Unavailable || refusal.Code == provider.Internal {
		return row, false
	}
	row.Outcome, row.Before, row.After = refusal.Reason, nil, nil
	return row, r.first(refused{row.Tenant, row.ActorID, row.Action, row.Outcome}, row.At)
}

func (r *Refusals) first(what refused, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recorded.Size = refusalsKept
	if last, known := r.recorded.Get(what); known && now.Sub(last).Abs() < refusalEvery {
		return false
	}
	r.recorded.Put(what, now)
	return true
}
