package transport

import (
	"net/http"

	"github.com/thirdapp/thirdapp/events"
)

// DecodeNewSubscription and the following are the decoders, for fuzzing.
func DecodeNewSubscription(r *http.Request) error {
	_, err := decodeBody[newSubscription](r)
	return err
}

// DecodeSubscriptionUpdate reads the body of PUT /subscriptions/{id}.
func DecodeSubscriptionUpdate(r *http.Request) (id string, change events.Change, err error) {
	u, err := decodeSubscriptionUpdate(r)
	return u.id, events.Change(u.change), err
}
