package providertest_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

// brokenEnv names the defect with which a child process runs the suite.
const brokenEnv = "THIRDAPP_TEST_DEFECT"

// defect is a way to break the contract, and the test that must notice.
type defect struct {
	wrap   func(broken) provider.Provider
	factor func(provider.Factory) provider.Factory
	fails  string
}

func defects() map[string]defect {
	all := messageDefects()
	maps.Copy(all, webhookDefects())
	maps.Copy(all, loginDefects())
	maps.Copy(all, writerDefects())
	maps.Copy(all, eventDefects())
	maps.Copy(all, directoryDefects())
	maps.Copy(all, map[string]defect{
		"loses the last page":      {wrap: func(b broken) provider.Provider { return shortReader{b} }, fails: "directory/complete"},
		"swallows a failing page":  {wrap: func(b broken) provider.Provider { return deafReader{b} }, fails: "directory/a_failing_page_is_an_error/denied"},
		"sends twice":              {wrap: func(b broken) provider.Provider { return eagerSender{b} }, fails: "sender/sends"},
		"retries what may be sent": {wrap: func(b broken) provider.Provider { return stubbornSender{b} }, fails: "sender/says_truly_what_was_not_sent/lost"},
		"calls everything unsent":  {wrap: func(b broken) provider.Provider { return lyingSender{b} }, fails: "sender/says_truly_what_was_not_sent/garbled"},
		"shows its secret":         {wrap: func(b broken) provider.Provider { return chattySender{b} }, fails: "secrets/in_errors/denied"},
		"ignores its context":      {wrap: func(b broken) provider.Provider { return deafSender{b} }, fails: "cancellation/before_the_call"},
		"invents a department":     {wrap: func(b broken) provider.Provider { return obligingRegister{b} }, fails: "finder/departments"},
		"invents a person":         {wrap: func(b broken) provider.Provider { return obligingFinder{b} }, fails: "finder/nobody"},
		"forgets failures":         {wrap: func(b broken) provider.Provider { return sunnyTracker{b} }, fails: "tracker/person_by_person"},
		"lists an ability too few": {factor: func(f provider.Factory) provider.Factory { return modest{f} }, fails: "factory/lists_the_abilities_there_are"},
		"closes once only":         {wrap: func(b broken) provider.Provider { return &fragile{broken: b} }, fails: "close/twice"},
	})
	return all
}

// TestSuiteNotices runs the suite on providers with a defect, each in a process
// of its own, since its test must fail.
func TestSuiteNotices(t *testing.T) {
	t.Parallel()
	for name, d := range defects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDefect$/^"+strings.ReplaceAll(d.fails, "/", "$/^")+"$")
			cmd.Env = append(os.Environ(), brokenEnv+"="+name)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestDefect/"+d.fails) {
				t.Errorf("%s does not fail (%v):\n%s", d.fails, err, out)
			}
		})
	}
}

// TestDefect is run by TestSuiteNotices.
func TestDefect(t *testing.T) {
	d, ok := defects()[os.Getenv(brokenEnv)]
	if !ok {
		t.Skip("is run by TestSuiteNotices")
	}
	providertest.Run(t, func(tb testing.TB) providertest.Harness {
		h := newHarness(tb)
		if d.wrap != nil {
			h.Factory = wrapping{h.Factory, d.wrap}
		}
		if d.factor != nil {
			h.Factory = d.factor(h.Factory)
		}
		return h
	})
}

// wrapping is a Factory whose Providers have a defect.
type wrapping struct {
	provider.Factory
	wrap func(broken) provider.Provider
}

func (w wrapping) Open(ctx context.Context, s provider.Settings, env provider.Environment) (provider.Provider, error) {
	p, err := w.Factory.Open(ctx, s, env)
	if err != nil {
		return nil, err
	}
	whole, ok := p.(broken)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return w.wrap(whole), nil
}

// broken is what the Fake's Providers can do.
type broken interface {
	provider.Provider
	provider.Verifier
	provider.DepartmentFinder
	provider.DirectoryReader
	provider.DirectoryWriter
	provider.EventDecoder
	provider.EventStreamer
	provider.CallbackChecker
	provider.CallbackRegistrar
	provider.PersonFinder
	provider.MessageSender
	provider.MessageTracker
	provider.MessageRecaller
	provider.StatusUpdater
	provider.RobotSender
	provider.RobotTracker
	provider.RobotRecaller
	provider.MediaUploader
	provider.LoginFlow
	provider.PageSigner
	provider.CodeScripter
}

type obligingRegister struct{ broken }

func (r obligingRegister) DepartmentByID(_ context.Context, id provider.DepartmentID) (provider.Department, error) {
	return provider.Department{ID: id, Name: "any"}, nil
}

type shortReader struct{ broken }

func (r shortReader) People(ctx context.Context, d provider.DepartmentID, at provider.Cursor) (provider.PersonPage, error) {
	page, err := r.broken.People(ctx, d, at)
	page.Next = ""
	return page, err
}

type deafReader struct{ broken }

func (r deafReader) People(ctx context.Context, d provider.DepartmentID, at provider.Cursor) (provider.PersonPage, error) {
	page, _ := r.broken.People(ctx, d, at)
	return page, nil
}

type eagerSender struct{ broken }

func (s eagerSender) Send(ctx context.Context, to provider.Audience, m provider.Rendered, dedup string) (provider.Receipt, error) {
	_, _ = s.broken.Send(ctx, to, m, dedup)
	return s.broken.Send(ctx, to, m, dedup)
}

type stubbornSender struct{ broken }

func (s stubbornSender) Send(ctx context.Context, to provider.Audience, m provider.Rendered, dedup string) (provider.Receipt, error) {
	receipt, err := s.broken.Send(ctx, to, m, dedup)
	if err != nil {
		return s.broken.Send(ctx, to, m, dedup)
	}
	return receipt, nil
}

type lyingSender struct{ broken }

func (s lyingSender) Send(ctx context.Context, to provider.Audience, m provider.Rendered, dedup string) (provider.Receipt, error) {
	receipt, err := s.broken.Send(ctx, to, m, dedup)
	if e, ok := err.(*provider.Error); ok { //nolint:errorlint // the fake does not wrap
		e.Unsent = true
	}
	return receipt, err
}

type chattySender struct{ broken }

func (s chattySender) Send(ctx context.Context, to provider.Audience, m provider.Rendered, dedup string) (provider.Receipt, error) {
	receipt, err := s.broken.Send(ctx, to, m, dedup)
	if e, ok := err.(*provider.Error); ok { //nolint:errorlint // the fake does not wrap
		e.UpstreamMessage = "access_token=" + providertest.ClientSecret
	}
	return receipt, err
}

type deafSender struct{ broken }

func (s deafSender) Send(ctx context.Context, to provider.Audience, m provider.Rendered, dedup string) (provider.Receipt, error) {
	return s.broken.Send(context.WithoutCancel(ctx), to, m, dedup)
}

type obligingFinder struct{ broken }

func (f obligingFinder) PersonByMobile(context.Context, string) (provider.Person, error) {
	return provider.Person{}, nil
}

type sunnyTracker struct{ broken }

func (t sunnyTracker) Track(ctx context.Context, req provider.TrackRequest) (provider.TrackReport, error) {
	report, err := t.broken.Track(ctx, req)
	for u := range report.Outcomes {
		report.Outcomes[u] = provider.PersonOutcome{Outcome: provider.OutcomeRead}
	}
	return report, err
}

type modest struct{ provider.Factory }

func (b modest) Abilities() []string {
	return []string{"DirectoryReader", "MessageSender", "PersonFinder", "Verifier"}
}

// fragile fails when it is closed a second time.
type fragile struct {
	broken
	closed bool
}

func (f *fragile) Close() error {
	if f.closed {
		return os.ErrClosed
	}
	f.closed = true
	return f.broken.Close()
}
