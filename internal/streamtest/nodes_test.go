package streamtest_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/internal/proctest"
	"github.com/thirdapp/thirdapp/provider"
)

// The environment that makes the test binary a process of its own, which holds
// streams until it is killed.
const (
	nodeDSN    = "STREAMTEST_NODE_DSN"
	nodeKeyset = "STREAMTEST_NODE_KEYSET"
	nodeOffice = "STREAMTEST_NODE_OFFICE"
)

// shortLease has streams taken over soon.
const shortLease = 3 * time.Second

// nodeMain is the main function of that process.
func nodeMain() {
	ctx := context.Background()
	cfg := quick()
	cfg.StreamLease, cfg.Node = shortLease, "doomed"
	s, m, err := wired(ctx, node{
		dsn: os.Getenv(nodeDSN), office: os.Getenv(nodeOffice), keyset: provider.NewSecret(os.Getenv(nodeKeyset)), directory: cfg,
	})
	if err == nil {
		err = m.Start(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer s.Close() //nolint:errcheck // never reached: it is killed
	fmt.Println("works")
	select {}
}

// TestTwoNodes: of two modules on one database one has the connection. The other
// one takes it when the first is stopped, and closes it when somebody switches
// it off in whatever process.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	h := newHost(t, postgres(t))
	var one, two outage
	cfg := quick()
	cfg.Node = "one"
	first := h.start(t, cfg, one.over)
	app := h.connect(t, first, here, "dingAAAA")
	pull(t, first, here)
	h.connected(t, appHere, 1)
	cfg.Node = "two"
	second := h.start(t, cfg, two.over)
	h.connect(t, second, there, "dingBBBB")
	h.connected(t, appThere, 1)
	eventually(t, "both have looked", func() bool { return one.looks.Load() > 10 && two.looks.Load() > 10 })
	if n, m := h.office.StreamConnections(appHere), h.office.StreamConnections(appThere); n != 1 || m != 1 {
		t.Errorf("%d and %d connections of two processes, want 1 each", n, m)
	}
	before := setup(t, second, here, app).StreamState.Holder
	if len(before) < 4 || before[:4] != "one-" {
		t.Errorf("held by %q, want the first process", before)
	}
	h.promote(t, second, here, "dingAAAA", "总监")

	stop(t, first)
	eventually(t, "the other one takes over", func() bool {
		s := setup(t, second, here, app).StreamState
		return len(s.Holder) > 4 && s.Holder[:4] == "two-" && !s.ConnectedAt.IsZero()
	})
	h.connected(t, appHere, 1)
	h.promote(t, second, here, "dingAAAA", "总裁")

	cfg.Node, cfg.MaxStreams = "three", -1
	third := h.start(t, cfg, nil)
	enable(t, third, here, app, false)
	h.connected(t, appHere, 0)
}

// TestKilledNode: when a process is killed another one takes its connections
// over, and nothing of what was told meanwhile is lost.
func TestKilledNode(t *testing.T) {
	t.Parallel()
	h := newHost(t, postgres(t))
	doomed := proctest.Start(t, nodeDSN+"="+h.dsn, nodeKeyset+"="+keyset, nodeOffice+"="+h.office.URL)
	cfg := quick()
	cfg.MaxStreams = -1 // it only asks
	asking := h.start(t, cfg, nil)
	app := h.connect(t, asking, here, "dingAAAA")
	pull(t, asking, here)
	h.connected(t, appHere, 1)
	doomed.Kill()
	h.connected(t, appHere, 0)
	h.retitle(t, "dingAAAA", "总监")
	cfg.MaxStreams, cfg.StreamLease, cfg.Node = 0, shortLease, "heir"
	heir := h.start(t, cfg, nil)
	followed(t, heir, here, 1)
	if s := setup(t, heir, here, app).StreamState; len(s.Holder) < 5 || s.Holder[:5] != "heir-" {
		t.Errorf("held by %q, want the process that lives", s.Holder)
	}
}
