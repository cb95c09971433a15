package riverjobs

import (
	"context"
	"sync"
	"time"
)

// wakeups sends notices about queues with new jobs, at most one per queue in
// each fetchCooldown, and never drops the last one. A goroutine runs only
// while there is something to send.
type wakeups struct {
	send func(ctx context.Context, queues []string)

	mu      sync.Mutex
	pending map[string]struct{}
	sending bool
	closed  bool

	stop    chan struct{}
	senders sync.WaitGroup
}

// sendTimeout bounds one notice; workers look by themselves in the meantime.
const sendTimeout = 2 * time.Second

func newWakeups(send func(ctx context.Context, queues []string)) *wakeups {
	return &wakeups{send: send, pending: map[string]struct{}{}, stop: make(chan struct{})}
}

func (w *wakeups) add(queues []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	for _, q := range queues {
		w.pending[q] = struct{}{}
	}
	if !w.sending && len(w.pending) > 0 {
		w.sending = true
		w.senders.Go(w.run)
	}
}

func (w *wakeups) run() {
	for {
		queues := w.take()
		if len(queues) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
		w.send(ctx, queues)
		cancel()
		select {
		case <-w.stop:
		case <-time.After(fetchCooldown):
		}
	}
}

// take returns the pending queues; when there are none the sender is done.
func (w *wakeups) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	queues := make([]string, 0, len(w.pending))
	for q := range w.pending {
		queues = append(queues, q)
	}
	clear(w.pending)
	w.sending = len(queues) > 0
	return queues
}

// close sends what is pending and takes no more.
func (w *wakeups) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.stop)
	}
	w.mu.Unlock()
	w.senders.Wait()
}
