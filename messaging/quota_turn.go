package messaging

import "time"

const (
	// lateShare is which part of the time by which a batch is late already it
	// waits before it looks for room again, at most longestLook.
	lateShare   = 4
	longestLook = 2 * time.Minute
)

// turn is when a batch looks for room again in a counter that has none. Most
// batches of a large message know that it is not soon: those before them fill
// the counter first. If all of them looked whenever there is a little room, a
// message to a million people would make tens of thousands of looks a minute,
// for hours.
func (w Work) turn(full QuotaUse) time.Time {
	next := full.Ends
	if full.Quota != QuotaPeople || full.Most <= 0 {
		return next
	}
	window := full.Ends.Sub(full.Since)
	before := (w.Batch.Number - 1) * full.N // people of the message
	turn := later(w.CreatedAt, w.SendAt).Add(time.Duration((before+full.N-1)/full.Most) * window)
	if late := next.Sub(turn); late > 0 { // other messages fill it as well
		return next.Add(vary(min(late/lateShare, longestLook)))
	}
	if w.expired(turn) { // there may be room before: some of those before it may fail
		turn = later(next, next.Add(w.ExpiresAt.Sub(next)/2))
	}
	return turn
}
