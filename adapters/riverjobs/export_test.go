package riverjobs

import "time"

// RiverLogger is the logger that River gets.
var RiverLogger = riverLogger

// FetchFailed is the message that it does not repeat at once.
const FetchFailed = fetchFailed

// SetPoll has workers look for jobs every d, beyond what a Config may ask for.
// It must be called before Start.
func (r *Runner) SetPoll(d time.Duration) { r.cfg.PollInterval = d }
