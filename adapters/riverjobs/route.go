package riverjobs

import (
	"strings"

	"github.com/thirdapp/thirdapp/jobs"
)

// unrouted is the queue of jobs whose kind the enqueueing process did not know,
// and of jobs taken up from a dead one, which may have been of another release.
// Nobody works it; every process that works jobs sorts those it knows into
// their queues.
const unrouted = "unrouted"

// routes says which of River's queues the jobs of each kind are in.
type routes map[string]string

func routesOf(handlers []jobs.Handler) routes {
	r := make(routes, len(handlers))
	for _, h := range handlers {
		r[h.Kind] = riverQueue(h.Queue)
	}
	return r
}

func (r routes) queue(kind string) string {
	if q, ok := r[kind]; ok {
		return q
	}
	return unrouted
}

// queues counts the queues.
func (r routes) queues() int {
	different := make(map[string]bool, len(r))
	for _, q := range r {
		different[q] = true
	}
	return len(different)
}

// riverQueue returns River's name of a queue: River allows '-' and not '.', our
// names the opposite.
func riverQueue(name string) string { return strings.ReplaceAll(name, ".", "-") }
