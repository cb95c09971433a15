package transport_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/transport"
)

// TestLoginPaceOfManyAddresses: who asks too often is not forgotten because very
// many others come, as long as they go on.
func TestLoginPaceOfManyAddresses(t *testing.T) {
	t.Parallel()
	take, now := transport.LoginPace(1), time.Now()
	if take("often", now) != 0 {
		t.Fatal("the first request has to wait")
	}
	for n := range 100_000 {
		if take(strconv.Itoa(n), now) != 0 {
			t.Fatalf("address %d has to wait", n)
		}
		if n%5000 == 0 && take("often", now) == 0 {
			t.Fatalf("forgotten after %d others", n)
		}
	}
	if take("often", now.Add(time.Minute)) != 0 {
		t.Error("has to wait a minute later")
	}
}
