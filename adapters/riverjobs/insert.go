package riverjobs

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/riverqueue/river/riverdriver"
)

// insertRow is a job on its way into the database, as JSON: one argument
// carries any number of jobs, so that the statement is always the same one.
type insertRow struct {
	Args        json.RawMessage `json:"args"`
	Kind        string          `json:"kind"`
	MaxAttempts int             `json:"max_attempts"`
	Queue       string          `json:"queue"`
	// At is the earliest time in microseconds since 1970; nil is now.
	At           *int64 `json:"at"`
	UniqueKey    string `json:"unique_key"`    // hex; "" is none
	UniqueStates int    `json:"unique_states"` // 0 is none
}

// insertRows encodes what River wants to insert. Unique jobs are ordered by
// their key, so that transactions which insert the same ones in one statement
// wait for each other instead of deadlocking.
//
// The rows carry no state: all are available, those for later as well; see
// [waiting].
func insertRows(jobs []*riverdriver.JobInsertFastParams) (string, error) {
	ordered := slices.Clone(jobs)
	slices.SortStableFunc(ordered, func(a, b *riverdriver.JobInsertFastParams) int {
		return bytes.Compare(a.UniqueKey, b.UniqueKey)
	})
	rows := make([]insertRow, len(ordered))
	for i, j := range ordered {
		rows[i] = insertRow{
			Args: j.EncodedArgs, Kind: j.Kind, MaxAttempts: j.MaxAttempts, Queue: j.Queue,
			UniqueKey: hex.EncodeToString(j.UniqueKey), UniqueStates: int(j.UniqueStates),
		}
		if j.ScheduledAt != nil {
			at := j.ScheduledAt.UnixMicro()
			rows[i].At = &at
		}
	}
	encoded, err := json.Marshal(rows)
	if err != nil {
		return "", fmt.Errorf("riverjobs: encode jobs: %w", err)
	}
	return string(encoded), nil
}
