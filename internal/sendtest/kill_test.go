package sendtest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/internal/proctest"
	"github.com/thirdapp/thirdapp/messaging"
)

// TestKilledWhileSending kills one process after the other: at steps of a call
// that the office app sees, and at other times. Another process finishes.
func TestKilledWhileSending(t *testing.T) {
	t.Parallel()
	s := newSite(t, twice)
	s.furnish(t)
	var orders []*order
	for i, at := range []moment{beforeEffect, beforeAnswer, afterAnswer, beforeEffect, beforeAnswer, afterAnswer} {
		orders = append(orders, s.killAt(t, fmt.Sprintf("killed %d", i), at, 1+5*(i/3))...)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 4 {
		after := time.Duration(random.IntN(40)) * time.Millisecond
		orders = append(orders, s.killAfter(t, fmt.Sprintf("killed after %d", i), after)...)
	}
	s.start(t)
	s.finish(t)
	states := s.wantTruth(t, orders)
	if states[messaging.DeliveryRead] < len(orders)/3 || states[messaging.DeliveryUncertain] == 0 {
		t.Errorf("deliveries: %v, want many read and some uncertain", states)
	}
}

// killAt has a new process send some messages, and kills it at a moment of its
// n-th call.
func (s *site) killAt(t *testing.T, prefix string, at moment, n int) []*order {
	t.Helper()
	orders := s.mixed(prefix, 10)
	s.ask(t, orders...)
	dead := make(chan struct{})
	victim := make(chan *proctest.Process, 1)
	s.gate.set(&trap{at: at, left: n, spring: func() {
		c := <-victim
		c.Kill()
		close(dead)
	}})
	victim <- startChild(t, workerEnv, s.wiring)
	select {
	case <-dead:
	case <-time.After(patience):
		t.Fatalf("%s: no %d calls in %s", prefix, n, patience)
	}
	return orders
}

// killAfter kills a new process some time after its first call.
func (s *site) killAfter(t *testing.T, prefix string, d time.Duration) []*order {
	t.Helper()
	orders := s.mixed(prefix, 10)
	s.ask(t, orders...)
	called := make(chan struct{})
	s.gate.set(&trap{at: afterAnswer, left: 1, spring: func() { close(called) }})
	c := startChild(t, workerEnv, s.wiring)
	<-called
	pause(t.Context(), d)
	c.Kill()
	return orders
}
