package dingtalktest

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// Server is an emulator that listens on a port of this machine for the time of
// a test. Both of DingTalk's base URLs are its URL.
type Server struct {
	*Emulator

	// URL has the form http://127.0.0.1:port, without a slash at the end.
	URL string

	server *httptest.Server
}

// NewServer starts an emulator with the given companies, or with a generated
// one of 50 people, and stops it when the test ends. A company that breaks the
// rules of the model fails the test.
func NewServer(tb testing.TB, companies ...Company) *Server {
	tb.Helper()
	return NewServerWith(tb, Options{Companies: companies})
}

// NewServerWith is NewServer with options. Without companies in them it
// generates one, too.
func NewServerWith(tb testing.TB, opts Options) *Server {
	tb.Helper()
	companies := opts.Companies
	if len(companies) == 0 {
		companies = []Company{Generate(Realistic(1, 50, 8))}
	}
	opts.Companies = nil
	em := New(opts)
	for _, c := range companies {
		if err := em.AddCompany(c); err != nil {
			tb.Fatalf("dingtalktest: %v", err)
		}
	}
	server := httptest.NewServer(em)
	srv := &Server{Emulator: em, URL: server.URL, server: server}
	tb.Cleanup(srv.Close)
	return srv
}

// Close stops the server before the test ends; whoever calls then finds nobody
// there. The emulator behind it can still be asked what happened.
func (s *Server) Close() {
	s.Emulator.Close()
	s.server.Close()
}

// Client returns an HTTP client whose connections end with the test.
func (s *Server) Client() *http.Client { return s.server.Client() }

// CorpID returns the first company.
func (s *Server) CorpID() string { return s.CorpIDs()[0] }

// App returns the first app of the first company.
func (s *Server) App() App { return s.Apps(s.CorpID())[0] }

// WebhookURL returns the address of a custom robot, with its token in it.
func (s *Server) WebhookURL(token string) string {
	return s.URL + "/robot/send?access_token=" + token
}
