package transport_test

import (
	"fmt"
	"net/http"

	"github.com/thirdapp/thirdapp/tenant"
	"github.com/thirdapp/thirdapp/transport"
)

// A host mounts the handler beside its own, and tells who sends a request.
func ExampleNew() {
	mount := func(mux *http.ServeMux, services transport.Services) error {
		handler, err := transport.New(services, transport.Config{
			Prefix: "/jeecg-boot",
			Authenticator: func(r *http.Request) (transport.Principal, error) {
				session := r.Header.Get("X-Access-Token")
				if session == "" {
					return transport.Principal{}, transport.ErrTokenMissing
				}
				// look the session up
				return transport.Principal{UserID: "7", Username: "alice", Tenants: []tenant.ID{"1000"}}, nil
			},
		})
		if err != nil {
			return err
		}
		mux.Handle("/jeecg-boot/", handler)
		return nil
	}
	err := mount(http.NewServeMux(), transport.Services{})
	fmt.Println(err)
	// Output:
	// transport: new: Services.Tenants is missing
	// Services.Messages is missing
	// Services.Sync is missing
	// Services.Events is missing
	// Services.Logins is missing
	// Services.Registry is missing
}
