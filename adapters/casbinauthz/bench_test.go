package casbinauthz_test

import (
	"fmt"
	"testing"

	"github.com/thirdapp/thirdapp/tenant"
)

// BenchmarkCan decides for users of all tenants in turn. What one decision
// costs must not depend on the number of tenants.
func BenchmarkCan(b *testing.B) {
	for _, tenants := range []int{10, 1_000, 100_000} {
		source := &grants{}
		asks := make([]ask, 4096)
		for n := range tenants {
			source.add(tenant.ID(fmt.Sprint("t", n)), fmt.Sprint("user", n), tenant.RoleSender)
		}
		for n := range asks {
			at := (n * 7919) % tenants
			asks[n] = ask{fmt.Sprint("user", at), tenant.ID(fmt.Sprint("t", at))}
		}
		a := loaded(b, source)
		b.Run(fmt.Sprintf("allowed/tenants=%d", tenants), func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				q := asks[n%len(asks)]
				if err := a.Can(b.Context(), q.user, q.tenant, tenant.ObjectMessage, tenant.ActionSend); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("denied/tenants=%d", tenants), func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				q := asks[n%len(asks)]
				if err := a.Can(b.Context(), q.user, q.tenant, tenant.ObjectConfig, tenant.ActionWrite); err == nil {
					b.Fatal("allowed")
				}
			}
		})
	}
}

type ask struct {
	user   string
	tenant tenant.ID
}
