package sendtest_test

import (
	"cmp"
	"fmt"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// here is the tenant of the tests that have one.
const here tenant.ID = "t1"

// corpID is the company of here.
const corpID = "dinghere"

// sendPath is where work notifications go.
const sendPath = "/topapi/message/corpconversation/asyncsend_v2"

// site is a platform and the office apps it sends through.
type site struct {
	*host
	office *dingtalktest.Emulator
	gate   *gate
	clock  *clock
	wiring wiring
	// groups and hooks are of here: ids of group chats, names of webhooks.
	groups, hooks []string
	// app is that of here.
	app string
}

// plan is what a test may change about its site.
type plan struct {
	// dsn is a new database unless the test has one.
	dsn    string
	office dingtalktest.Options
	wiring wiring
}

// newSite returns a site whose workers are not started. Unless the plan says
// otherwise its company has 150 people, who read what they get.
func newSite(tb testing.TB, change ...func(*plan)) *site {
	tb.Helper()
	s := &site{clock: &clock{}}
	p := plan{wiring: wiring{
		now: s.clock.Now, clock: s.clock, ding: dingtalk.Options{CallsPerSecond: -1}, jobs: riverjobs.Config{PollInterval: 50 * time.Millisecond},
	}}
	p.office.AutoRead, p.office.Now = true, s.clock.Now
	for _, f := range change {
		f(&p)
	}
	if len(p.office.Companies) == 0 {
		p.office.Companies = []dingtalktest.Company{company(corpID, 150)}
	}
	if p.dsn == "" {
		p.dsn = postgres(tb)
	}
	s.office = dingtalktest.New(p.office)
	s.gate = &gate{office: s.office}
	server := httptest.NewServer(s.gate)
	tb.Cleanup(func() {
		s.office.Close()
		server.Close()
	})
	keyset, err := newKeyset()
	check(tb, err)
	s.wiring = p.wiring
	s.wiring.DSN, s.wiring.URL, s.wiring.Keyset = p.dsn, cmp.Or(p.wiring.URL, server.URL), keyset
	s.host = s.another(tb)
	return s
}

// another returns one more host of the site, not started.
func (s *site) another(tb testing.TB) *host {
	tb.Helper()
	h, err := openHost(tb.Context(), s.wiring)
	check(tb, err)
	h.closeWith(tb)
	return h
}

// connect connects a tenant to a company and returns the app's id.
func (s *site) connect(tb testing.TB, t tenant.ID, corp string) string {
	tb.Helper()
	app := s.office.Apps(corp)[0]
	view, err := s.module.Tenants().CreateApp(tenant.AsSystem(tb.Context(), "test"), t, tenant.AppInput{
		Provider: provider.DingTalk, Enabled: true, Settings: map[string]string{
			"corpId": corp, "agentId": strconv.FormatInt(app.AgentID, 10),
			"clientId": app.ClientID, "clientSecret": app.ClientSecret, dingtalk.SettingRobotCode: app.RobotCode,
		},
	})
	check(tb, err)
	return view.ID
}

// furnish connects here and gives it group chats and webhooks.
func (s *site) furnish(tb testing.TB) {
	tb.Helper()
	s.app = s.connect(tb, here, corpID)
	for i := range 3 {
		id, err := s.office.AddGroup(corpID, dingtalktest.Group{Name: fmt.Sprint("群", i), Members: []string{person(0), person(1)}})
		check(tb, err)
		s.groups = append(s.groups, id)
		s.addHook(tb, fmt.Sprint("hook-", i))
	}
}

// addHook makes a custom robot that here knows by the same name.
func (s *site) addHook(tb testing.TB, name string) {
	tb.Helper()
	hook, err := s.office.AddWebhook(corpID, dingtalktest.Webhook{Name: name})
	check(tb, err)
	_, err = s.module.Messages().CreateWebhook(tenant.AsSystem(tb.Context(), "test"), here, name, messaging.WebhookInput{
		Provider: provider.DingTalk, URL: secret(s.wiring.URL + "/robot/send?access_token=" + hook.Token),
	})
	check(tb, err)
	s.hooks = append(s.hooks, name)
}

// company returns a company of so many people.
func company(corp string, people int) dingtalktest.Company {
	c := dingtalktest.Company{CorpID: corp, Name: corp, People: make([]dingtalktest.Person, people)}
	for i := range c.People {
		c.People[i] = dingtalktest.Person{UserID: person(i), Name: "员工" + strconv.Itoa(i)}
	}
	return c
}

// person is the user id of the n-th person of a company.
func person(n int) string { return fmt.Sprintf("u%06d", n) }

// persons are the user ids of those from n on.
func persons(n, count int) []provider.UserID {
	list := make([]provider.UserID, count)
	for i := range list {
		list[i] = provider.UserID(person(n + i))
	}
	return list
}

// clock is real time, moved.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) pass(d time.Duration) { c.ahead.Add(int64(d)) }
