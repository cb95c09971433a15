package dingtalktest

import (
	"slices"
	"sync"
	"time"
)

// courier brings an app its events, one after the other: those that are due
// first, and of those the oldest. Its goroutine lives while there is something to
// bring.
type courier struct {
	em  *Emulator
	app *app
	// wake tells the goroutine that the queue has changed.
	wake chan struct{}

	mu      sync.Mutex
	queue   []*mail
	running bool
	// busy is true while an event is on its way.
	busy bool
	// failed are the events that were given up; the first handedOut of them
	// were returned by the last call that asked for them.
	failed    []Event
	handedOut int
}

// mail is an event to be brought.
type mail struct {
	event    Event
	due      time.Time // real time
	attempts int
	// overtaken waits for the next event to go first.
	overtaken bool
}

const reorderDelay = time.Second

func newCourier(em *Emulator, a *app) *courier {
	return &courier{em: em, app: a, wake: make(chan struct{}, 1)}
}

// post takes an event, and does to it what a fault wants.
func (c *courier) post(e Event) {
	now := time.Now()
	one := &mail{event: e, due: now}
	c.mu.Lock()
	defer c.mu.Unlock()
	letters := []*mail{one}
	switch f := c.em.eventFaults.pick(c.app.clientID, &e); f.Kind {
	case EventDrop:
		letters = nil
	case EventRepeat:
		letters = append(letters, &mail{event: e, due: now})
	case EventDelay:
		one.due = now.Add(f.Delay)
	case EventReorder:
		one.overtaken, one.due = true, now.Add(reorderDelay)
		if f.Delay > 0 {
			one.due = now.Add(f.Delay)
		}
	}
	waiting := c.queue
	c.queue = append(c.queue, letters...)
	for _, m := range waiting {
		if m.overtaken { // now it may go, after the new one
			m.overtaken, m.due = false, now
			c.queue = append(slices.DeleteFunc(c.queue, func(o *mail) bool { return o == m }), m)
		}
	}
	c.start()
}

// start runs the goroutine if there is something to do. The caller holds c.mu.
func (c *courier) start() {
	if len(c.queue) == 0 {
		return
	}
	if !c.running {
		c.running = c.em.begin(c.run)
		return
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// hurry makes everything due that waits for another attempt.
func (c *courier) hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for _, m := range c.queue {
		if m.attempts > 0 {
			m.due = now
		}
	}
	c.start()
}

// run brings what is due until nothing is left.
func (c *courier) run() {
	for {
		m, wait, left := c.take()
		if !left {
			return
		}
		if m != nil {
			c.bring(m)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-c.wake:
		case <-c.em.closed:
		}
		timer.Stop()
	}
}

// take returns the event that is due, or how long until one is; left is false
// when there is nothing, and the goroutine ends.
func (c *courier) take() (m *mail, wait time.Duration, left bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 || c.em.isClosed() {
		c.running = false
		return nil, 0, false
	}
	first := slices.MinFunc(c.queue, func(a, b *mail) int { return a.due.Compare(b.due) })
	if wait = time.Until(first.due); wait > 0 {
		return nil, wait, true
	}
	c.queue = slices.DeleteFunc(c.queue, func(o *mail) bool { return o == first })
	c.busy = true
	return first, 0, true
}

// bring makes one attempt and decides what follows.
func (c *courier) bring(m *mail) {
	next := c.app.deliver(c.em, &m.event, m.attempts)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = false
	switch {
	case next.again:
		m.attempts++
		m.due = time.Now().Add(next.after)
		c.queue = append(c.queue, m)
	case next.failed:
		c.failed = append(c.failed, m.event)
	}
}

// outcome is what follows an attempt to bring an event; the zero value is that
// it was brought.
type outcome struct {
	again  bool
	after  time.Duration
	failed bool
}

// pending returns how many events are not brought yet.
func (c *courier) pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.queue)
	if c.busy {
		n++
	}
	return n
}

// maxFailed is how many events one call of the failed list returns (docs, "get
// the list of failed callbacks", read 2026-11-22).
const maxFailed = 200

// takeFailed returns the oldest failed events and forgets those that the call
// before returned.
func (c *courier) takeFailed() (events []Event, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = slices.Delete(c.failed, 0, c.handedOut)
	c.handedOut = min(maxFailed, len(c.failed))
	return slices.Clone(c.failed[:c.handedOut]), len(c.failed) > c.handedOut
}

// reset forgets what is under way.
func (c *courier) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue, c.failed, c.handedOut = nil, nil, 0
	c.start()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// EventsPending returns how many events an app has yet to be told, retries
// included. Those that nobody wants are not counted, nor those in the failed
// list.
func (em *Emulator) EventsPending(clientID string) int {
	if a := em.appByClientID(clientID); a != nil {
		return a.courier.pending()
	}
	return 0
}
