package riverjobs

import (
	"maps"
	"slices"
	"sync"

	"github.com/riverqueue/river/rivertype"
)

// claims are the jobs that this process has taken and whose outcome it has not
// recorded yet, with the attempt each is in. A job that the database counts as
// running here and that is not among them got lost on the way, by a connection
// that broke while it was being claimed.
type claims struct {
	mu       sync.Mutex
	attempts map[int64]int // by job id
}

func newClaims() *claims { return &claims{attempts: map[int64]int{}} }

// add notes what was claimed and returns what is to be worked: less the jobs that
// this process works already. It had been taken for dead and has claimed them
// anew; what becomes of them is recorded when they end.
func (c *claims) add(rows []*rivertype.JobRow) []*rivertype.JobRow {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(rows, func(row *rivertype.JobRow) bool {
		_, working := c.attempts[row.ID]
		c.attempts[row.ID] = row.Attempt
		return working
	})
}

func (c *claims) remove(ids []int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		delete(c.attempts, id)
	}
}

// attempt returns the attempt that a claimed job is in.
func (c *claims) attempt(id int64) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.attempts[id]
}

func (c *claims) ids() []int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.AppendSeq(make([]int64, 0, len(c.attempts)), maps.Keys(c.attempts))
}

func setOf(ids []int64) map[int64]bool {
	set := make(map[int64]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}
