package riverjobs

import "time"

// SetPoll has workers look for jobs every d, beyond what a Config may ask for.
// It must be called before Start.
func (r *Runner) SetPoll(d time.Duration) { r.cfg.PollInterval = d }
