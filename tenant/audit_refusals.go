package tenant

import (
	"context"
	"errors"
	"log/slog"
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

// Record leaves a row about an operation, begun as if it had succeeded, that was
// refused with err. It leaves none when err is a fault and no refusal, or when the
// row would say again what one of the last minute does. The operation has its
// error already, and keeps it: what goes wrong here is logged.
func (r *Refusals) Record(ctx context.Context, trail AuditWriter, logger *slog.Logger, row AuditEntry, err error) {
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Code == provider.Unavailable || refusal.Code == provider.Internal {
		return
	}
	row.Outcome, row.Before, row.After = refusal.Reason, nil, nil
	if !r.first(refused{row.Tenant, row.ActorID, row.Action, row.Outcome}, row.At) {
		return
	}
	if err := trail.AppendAudit(ctx, row); err != nil {
		logger.WarnContext(ctx, "refusal not recorded in the audit trail",
			"tenant", row.Tenant, "op", row.Action, "code", row.Outcome, "error", err)
	}
}

// AuditWriter adds to the audit trail. It is safe for concurrent use.
type AuditWriter interface {
	// AppendAudit adds a row. It joins the transaction of the context.
	AppendAudit(ctx context.Context, e AuditEntry) error
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
