package sync

import "sync"

// wakeups lets those who watch a run in this process know at once that it has
// changed. The store is the truth: a wake-up that is missed costs one poll.
type wakeups struct {
	mu    sync.Mutex
	byRun map[string]*wakeup
}

// wakeup is closed, and replaced, with every change.
type wakeup struct {
	changed   chan struct{}
	listeners int
}

func newWakeups() *wakeups { return &wakeups{byRun: make(map[string]*wakeup)} }

// listen returns a channel that is closed with the next change of a run. done
// must be called once it is not needed any more.
func (w *wakeups) listen(run string) (changed <-chan struct{}, done func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.byRun[run]
	if u == nil {
		u = &wakeup{changed: make(chan struct{})}
		w.byRun[run] = u
	}
	u.listeners++
	return u.changed, func() { w.leave(run, u) }
}

func (w *wakeups) leave(run string, u *wakeup) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u.listeners--; u.listeners == 0 && w.byRun[run] == u {
		delete(w.byRun, run)
	}
}

// notify wakes everybody who listens to a run.
func (w *wakeups) notify(run string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u := w.byRun[run]; u != nil {
		close(u.changed)
		delete(w.byRun, run)
	}
}
