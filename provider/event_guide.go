package provider

// EventGuide tells an administrator how to have the office app send events,
// where that cannot be done by a call, or not only.
type EventGuide interface {
	// EventGuide returns the steps, in their order. address is where a callback
	// is to go, complete with host when that is known.
	EventGuide(address string) []Text
}
