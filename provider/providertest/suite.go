package providertest

import (
	"testing"
	"time"
)

// patience is how long the suite waits for what must happen soon.
const patience = 20 * time.Second

// Run proves an implementation of the contract: the Factory, its webhooks, every
// ability its Providers have, that limits make sense, that errors are classified and show no secret, that calls end
// with their context, that Providers can be used concurrently and closed twice.
//
// newHarness is called once for each test, and returns an office app that
// shares nothing with the others; tests run in parallel.
func Run(t *testing.T, newHarness func(tb testing.TB) Harness) {
	t.Helper()
	for _, group := range []struct {
		name string
		run  func(t *testing.T, newHarness func(testing.TB) Harness)
	}{
		{"factory", runFactory},
		{"verifier", runVerifier},
		{"directory", runDirectory},
		{"finder", runFinder},
		{"writer", runWriter},
		{"decoder", runDecoder},
		{"checker", runChecker},
		{"registrar", runRegistrar},
		{"streamer", runStreamer},
		{"sender", runSender},
		{"tracker", runTracker},
		{"recaller", runRecaller},
		{"status", runStatus},
		{"robot", runRobot},
		{"robot in a group", runGroup},
		{"robot tracker", runRobotTracker},
		{"robot recaller", runRobotRecaller},
		{"webhook", runWebhook},
		{"uploader", runUploader},
		{"login", runLogin},
		{"page signer", runPageSigner},
		{"code script", runCodeScripter},
		{"limits", runLimits},
		{"errors", runErrors},
		{"secrets", runSecrets},
		{"cancellation", runCancellation},
		{"concurrency", runConcurrency},
		{"close", runClose},
	} {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			group.run(t, newHarness)
		})
	}
}

// each runs tests by name, in parallel, on a subject of their own.
func each(t *testing.T, newHarness func(testing.TB) Harness, tests []test) {
	t.Helper()
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, newSubject(t, newHarness))
		})
	}
}

type test struct {
	name string
	run  func(t *testing.T, s subject)
}
