package dingtalk_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	providertest.Run(t, newHarness)
}

// conformanceCompany has more people in one department than a page holds.
func conformanceCompany() (dingtalktest.Company, providertest.Company) {
	small := providertest.SmallCompany()
	for i := range 105 {
		small.People = append(small.People, provider.Person{
			UserID: provider.UserID(fmt.Sprintf("crowd%03d", i)), Name: "大众", Mobile: fmt.Sprintf("139%08d", i),
			Memberships: []provider.Membership{{DepartmentID: "20"}},
		})
	}
	company := dingtalktest.Company{CorpID: "dingconformance", Name: small.Departments[0].Name}
	for i, d := range small.Departments {
		id, _ := strconv.ParseInt(string(d.ID), 10, 64)
		parent, _ := strconv.ParseInt(string(d.ParentID), 10, 64)
		if d.Name == "一组" { // siblings have different names at DingTalk
			small.Departments[i].Name += string(d.ID)
		}
		company.Departments = append(company.Departments, dingtalktest.Department{
			ID: id, ParentID: parent, Name: small.Departments[i].Name, Order: d.Order,
		})
	}
	for _, p := range small.People {
		person := dingtalktest.Person{
			UserID: string(p.UserID), UnionID: string(p.UnionID), Name: p.Name, Mobile: p.Mobile,
			Email: p.Email, JobNumber: p.JobNumber, Title: p.Title,
		}
		for _, m := range p.Memberships {
			id, _ := strconv.ParseInt(string(m.DepartmentID), 10, 64)
			person.Memberships = append(person.Memberships, dingtalktest.Membership{
				DepartmentID: id, Leader: m.Leader, Order: 100 - m.Order, // larger first at DingTalk
			})
		}
		company.People = append(company.People, person)
	}
	return company, small
}

func newHarness(tb testing.TB) providertest.Harness {
	tb.Helper()
	var mu sync.Mutex
	now := time.Now()
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	company, want := conformanceCompany()
	srv := dingtalktest.NewServerWith(tb, dingtalktest.Options{
		Companies: []dingtalktest.Company{company}, Now: clock, SendTime: time.Minute, EventRetry: []time.Duration{}, EventRedelivery: time.Millisecond,
	})
	factory, err := dingtalk.New(dingtalk.Options{
		APIBaseURL: srv.URL, OAPIBaseURL: srv.URL, LoginBaseURL: srv.URL, CallsPerSecond: -1, Attempts: 2,
	})
	if err != nil {
		tb.Fatal(err)
	}
	app := srv.App()
	settings := func(secret string) provider.Settings {
		return provider.Settings{
			Values: map[string]string{
				provider.SettingOrgID: srv.CorpID(), provider.SettingAgentID: strconv.FormatInt(app.AgentID, 10),
				provider.SettingClientID: app.ClientID, dingtalk.SettingRobotCode: app.RobotCode,
			},
			Secrets: map[string]provider.Secret{
				provider.SettingClientSecret:   provider.NewSecret(secret),
				dingtalk.SettingCallbackToken:  provider.NewSecret(testToken),
				dingtalk.SettingCallbackAESKey: provider.NewSecret(testAESKey),
			},
		}
	}
	var readers []string
	finish := func() { mu.Lock(); defer mu.Unlock(); now = now.Add(2 * time.Minute) } // all is sent by then
	client := &http.Client{Transport: &uploads{next: srv.Client().Transport}}
	return withEvents(tb, srv, withMessages(tb, srv, finish, &readers, withLogins(srv, providertest.Harness{
		Factory: factory, Settings: settings(app.ClientSecret), WrongSettings: settings("wrong-secret-58c1"),
		Environment: provider.Environment{Client: client, Now: clock}, Company: want,
		Break: func(_ testing.TB, f providertest.Fault) (func(), bool) {
			faults, ok := conformanceFaults()[f]
			var scripts []*dingtalktest.Script
			for _, fault := range faults {
				scripts = append(scripts, srv.Fail(fault))
			}
			return func() {
				for _, s := range scripts {
					s.Remove()
				}
			}, ok
		},
		Expire: func(testing.TB) { srv.ExpireTokens() },
		Received: func() []providertest.Received {
			var list []providertest.Received
			finish()
			for _, m := range srv.Sent() {
				r := providertest.Received{Everyone: m.Everyone, Body: m.Body}
				for _, u := range m.Recipients {
					r.Users = append(r.Users, provider.UserID(u))
				}
				list = append(list, r)
			}
			return list
		},
		AskConsent: func(tb testing.TB, mobile string) func() {
			tb.Helper()
			if err := srv.AskConsent(srv.CorpID(), mobile); err != nil {
				tb.Fatal(err)
			}
			return func() {
				if err := srv.AcceptInvitation(srv.CorpID(), mobile); err != nil {
					tb.Error(err)
				}
			}
		},
		Outcome: func(tb testing.TB, user provider.UserID, o provider.Outcome) {
			tb.Helper()
			switch o {
			case provider.OutcomeFailed:
				if err := srv.FailMessages(srv.CorpID(), string(user), true); err != nil {
					tb.Fatal(err)
				}
			case provider.OutcomeRead:
				readers = append(readers, string(user))
			case provider.OutcomePending, provider.OutcomeDelivered:
			}
		},
		Finish: func(tb testing.TB, taskID string) {
			tb.Helper()
			finish()
			id, err := strconv.ParseInt(taskID, 10, 64)
			if err != nil {
				tb.Fatal(err)
			}
			for _, user := range readers {
				if err := srv.Read(user, id); err != nil {
					tb.Fatal(err)
				}
			}
		},
	})))
}

// conformanceFaults are those of the calls a suite makes, requests for a token
// aside where they would be hit first.
func conformanceFaults() map[providertest.Fault][]dingtalktest.Fault {
	const denied = "Forbidden.AccessDenied.AccessTokenPermissionDenied"
	var throttled []dingtalktest.Fault
	for _, path := range []string{"/topapi/*", "/call_back/*", "/media/*", "/robot/*", "/v1.0/robot/*", "/v1.0/oauth2/userAccessToken", "/v1.0/oauth2/jsapiTickets"} {
		throttled = append(throttled, dingtalktest.Fault{Path: path, Kind: dingtalktest.Throttle})
	}
	return map[providertest.Fault][]dingtalktest.Fault{
		providertest.FaultThrottled: throttled,
		providertest.FaultDenied: {
			{Path: "/topapi/*", Kind: dingtalktest.Refuse, Code: "60011", Text: "no permission", Wrapped: true},
			{Path: "/media/*", Kind: dingtalktest.Refuse, Code: "60011", Text: "no permission"},
			{Path: "/call_back/*", Kind: dingtalktest.Refuse, Code: "60011", Text: "no permission"},
			{Path: "/v1.0/robot/*", Kind: dingtalktest.Refuse, Status: http.StatusForbidden, Code: denied, Scopes: []string{"qyapi_robot_sendmsg"}},
			{Path: "/v1.0/oauth2/userAccessToken", Kind: dingtalktest.Refuse, Status: http.StatusForbidden, Code: denied},
			{Path: "/v1.0/oauth2/jsapiTickets", Kind: dingtalktest.Refuse, Status: http.StatusForbidden, Code: denied},
		},
		providertest.FaultDown:    {{Kind: dingtalktest.ServerError}},
		providertest.FaultGarbled: {{Kind: dingtalktest.Truncate}},
		providertest.FaultLost:    {{Kind: dingtalktest.Reset, AfterEffect: true}},
		providertest.FaultHang:    {{Kind: dingtalktest.Timeout}},
	}
}
