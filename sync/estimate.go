package sync

import "time"

// Estimate tells how far the phase of a run is and how long it will take.
type Estimate struct {
	// Done and Total count departments while reading, changes while planning
	// and applying. Total is 0 while it is not known: a plan's before it is
	// made. While reading it grows as departments are found.
	Done, Total int
	// PerSecond is the mean rate since the phase began, pauses included; 0
	// when nothing happens.
	PerSecond float64
	// Remaining is how long the rest of the phase takes at that rate; 0 when
	// that is not known.
	Remaining time.Duration
}

// Estimate returns how far the run's phase is.
func (r Run) Estimate() Estimate {
	var e Estimate
	p := r.Progress
	switch r.Phase {
	case PhaseRead:
		e.Done, e.Total = p.DepartmentsDone+p.DepartmentsFailed, p.Departments
	case PhasePlan, PhaseGuard:
		e.Done = p.Changes
	case PhaseApply:
		e.Done, e.Total = p.ChangesApplied+p.ChangesFailed, p.Changes-r.Counts.Total()[KindConflict]
	}
	took := r.UpdatedAt.Sub(r.PhaseAt)
	if r.State.Resting() || r.PhaseAt.IsZero() || took <= 0 || e.Done == 0 {
		return e
	}
	e.PerSecond = float64(e.Done) / took.Seconds()
	if rest := e.Total - e.Done; rest > 0 {
		e.Remaining = time.Duration(float64(rest) / e.PerSecond * float64(time.Second)).Round(time.Second)
	}
	return e
}
