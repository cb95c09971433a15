package riverjobs

import (
	"context"
	"sync"

	"github.com/riverqueue/river/riverdriver"
)

// localListener tells the workers of this process of new jobs: what LISTEN is
// on PostgreSQL, without leaving the process.
type localListener struct {
	mu      sync.Mutex
	pending map[string]struct{} // queues
	arrived chan struct{}
}

var _ riverdriver.Listener = (*localListener)(nil)

func newLocalListener() *localListener {
	return &localListener{pending: map[string]struct{}{}, arrived: make(chan struct{}, 1)}
}

func (l *localListener) notify(queues []string) {
	l.mu.Lock()
	for _, q := range queues {
		l.pending[q] = struct{}{}
	}
	l.mu.Unlock()
	select {
	case l.arrived <- struct{}{}:
	default: // a signal for all that is pending waits already
	}
}

// WaitForNotification implements riverdriver.Listener.
func (l *localListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	for {
		if q, ok := l.take(); ok {
			return noticeOf(q), nil
		}
		select {
		case <-l.arrived:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// noticeOf is what River's workers understand as new jobs in a queue.
func noticeOf(queue string) *riverdriver.Notification {
	return &riverdriver.Notification{Topic: "river_insert", Payload: asJSON(map[string]string{"queue": queue})}
}

func (l *localListener) take() (queue string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for q := range l.pending {
		delete(l.pending, q)
		return q, true
	}
	return "", false
}

// There is no connection to look after.

func (l *localListener) Close(context.Context) error            { return nil }
func (l *localListener) Connect(context.Context) error          { return nil }
func (l *localListener) Listen(context.Context, string) error   { return nil }
func (l *localListener) Ping(context.Context) error             { return nil }
func (l *localListener) Schema() string                         { return "" }
func (l *localListener) SetAfterConnectExec(string)             {}
func (l *localListener) Unlisten(context.Context, string) error { return nil }
