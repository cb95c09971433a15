package tenant

import "context"

// Actor is who an operation is done for. The services take it from the context
// and refuse to work without one.
type Actor struct {
	// UserID is the platform user's stable id; grants go by it.
	UserID string
	// Username is shown in audit rows.
	Username string
	// System marks work of the platform itself: it is allowed everything. Set
	// by AsSystem only, never from a request.
	System bool
}

type actorKey struct{}

// WithActor returns a context in which operations are done for a.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// AsSystem returns a context in which operations are the platform's own and
// allowed; name is shown in audit rows, such as "billing" or "scheduler".
func AsSystem(ctx context.Context, name string) context.Context {
	return WithActor(ctx, Actor{UserID: "system:" + name, Username: name, System: true})
}

// ActorFrom returns the actor of ctx; ok is false when there is none.
func ActorFrom(ctx context.Context) (a Actor, ok bool) {
	a, ok = ctx.Value(actorKey{}).(Actor)
	return a, ok
}
