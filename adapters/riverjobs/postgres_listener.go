package riverjobs

import (
	"context"

	"github.com/riverqueue/river/riverdriver"
)

// bothListener hears what PostgreSQL tells and what this process tells itself.
type bothListener struct {
	riverdriver.Listener // PostgreSQL's
	local                *localListener
}

// WaitForNotification implements riverdriver.Listener.
func (l *bothListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	if q, ok := l.local.take(); ok {
		return noticeOf(q), nil
	}
	waiting, interrupt := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-l.local.arrived:
			interrupt()
		case <-waiting.Done():
		}
	}()
	n, err := l.Listener.WaitForNotification(waiting)
	interrupt()
	<-watched
	if err == nil { // what is pending here comes with the next call
		return n, nil
	}
	if q, ok := l.local.take(); ok && ctx.Err() == nil {
		return noticeOf(q), nil
	}
	return nil, err
}
