package sync

import (
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// RunFilter narrows a list of runs; zero fields do not narrow.
type RunFilter struct {
	Provider  provider.Kind
	Direction Direction
	State     State
	// From and To bound the time at which a run was asked for: from From
	// inclusive to To exclusive.
	From, To time.Time
}
