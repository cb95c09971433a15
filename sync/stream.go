package sync

import (
	"context"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// StreamKey names an app whose events come over a connection that this side
// opens, a stream.
type StreamKey struct {
	Tenant tenant.ID
	AppID  string
}

// StreamLease is the right of one process to hold the stream of an app.
type StreamLease struct {
	StreamKey
	// Version is that of the app: with another one the stream is opened anew.
	Version int64
	// Until is when the lease runs out; zero when nobody has it.
	Until time.Time
}

// StreamState is how the stream of an app is doing.
type StreamState struct {
	// Holder is the process that holds the stream, or tries to: its Config.Node
	// and a part of its own. "" when none does.
	Holder string
	// Until is when the holder's lease runs out unless it is renewed.
	Until time.Time
	// ConnectedAt is since when it is connected, zero while it is not.
	ConnectedAt time.Time
	// Failure is why it was cut or could not be opened last, FailedAt when; nil
	// and zero when that never happened. Being asked to connect anew is none.
	Failure  *Failure
	FailedAt time.Time
}

// StreamNote is news of a stream. A zero ConnectedAt means that it is not
// connected; a nil Failure keeps the one before.
type StreamNote struct {
	ConnectedAt time.Time
	Failure     *Failure
	FailedAt    time.Time
}

// StreamStore keeps which process holds the stream of which app. Its first three
// methods look over the apps of all tenants: a process asks what there is for it
// to do, for no tenant in particular.
//
// Only the enabled apps whose setting provider.SettingEventMode is
// provider.EventModeStream have streams.
type StreamStore interface {
	// Streams returns the leases of a holder, those that have run out among
	// them, and after these at most free others that nobody holds. Changes of
	// apps show in it at once.
	Streams(ctx context.Context, holder string, free int, at time.Time) ([]StreamLease, error)

	// HoldStreams gives a holder the leases of streams, or renews them, and
	// returns those that it has now: not those that another one holds, and not
	// those of apps that have none any more. Of several holders that ask at the
	// same time one gets a lease.
	HoldStreams(ctx context.Context, holder string, keys []StreamKey, at, until time.Time) ([]StreamKey, error)

	// ReleaseStreams takes leases from their holder; those of others stay.
	ReleaseStreams(ctx context.Context, holder string, keys []StreamKey) error

	// NoteStream keeps news of a stream that the holder holds; of another one it
	// keeps nothing.
	NoteStream(ctx context.Context, holder string, key StreamKey, n StreamNote) error

	// StreamState returns how the stream of an app is doing, by the last news;
	// zero when nobody has ever held it, or has released it.
	StreamState(ctx context.Context, t tenant.ID, appID string) (StreamState, error)
}

// live returns the state as it is at a time: who died has said nothing of it.
func (s StreamState) live(at time.Time) StreamState {
	if !s.Until.After(at) {
		s.Holder, s.Until, s.ConnectedAt = "", time.Time{}, time.Time{}
	}
	return s
}
