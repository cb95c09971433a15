package dingtalk

import (
	"sync/atomic"
	"time"
)

// ban holds back all calls while DingTalk refuses this server's address, of
// whatever app they are: more calls would only prolong it. The zero value is
// ready to use.
type ban struct{ until atomic.Int64 }

func (b *ban) begin(until time.Time) { b.until.Store(until.UnixNano()) }

// left returns how long the ban goes on, not positive when there is none.
func (b *ban) left(now time.Time) time.Duration {
	until := b.until.Load()
	if until == 0 {
		return 0
	}
	return time.Unix(0, until).Sub(now)
}
