package casbinauthz_test

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/adapters/casbinauthz"
	"github.com/thirdapp/thirdapp/tenant"
)

func ExampleNew() {
	ctx := context.Background()
	source := &grants{} // in a host this is the store
	source.add("1000", "u-42", tenant.RoleSender)

	authz, err := casbinauthz.New(source, casbinauthz.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := authz.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer authz.Stop()

	fmt.Println(authz.Can(ctx, "u-42", "1000", tenant.ObjectMessage, tenant.ActionSend))
	fmt.Println(authz.Can(ctx, "u-42", "2000", tenant.ObjectMessage, tenant.ActionSend) != nil)
	// Output:
	// <nil>
	// true
}
