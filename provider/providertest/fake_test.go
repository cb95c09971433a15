package providertest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

func TestFake(t *testing.T) {
	t.Parallel()
	providertest.Run(t, newHarness)
}

// TestFakeThatLacks: short texts, few fields.
func TestFakeThatLacks(t *testing.T) {
	t.Parallel()
	providertest.Run(t, func(testing.TB) providertest.Harness {
		return harnessOf(providertest.NewFake(providertest.FakeConfig{
			Company: providertest.SmallCompany(), LongestText: 1000,
			Limits: provider.Limits{Write: provider.WriteLimits{Lacks: []string{"jobNumber", "managerId", "extension"}}},
		}))
	})
}

func newHarness(testing.TB) providertest.Harness { return harnessOf(newFake()) }

func newFake() *providertest.Fake {
	return providertest.NewFake(providertest.FakeConfig{
		Company: providertest.SmallCompany(),
		Limits: provider.Limits{
			UsersPerSend: 20, DepartmentsPerSend: 5, MessageBytes: 2048, TrackWindow: 24 * time.Hour, TrackUsers: 20,
			RobotUsersPerSend: 10, RobotBytes: 2048, WebhookBytes: 2048, WebhookPerMinute: 20, WebhookDeduplicates: true, SendDeduplicates: true, RobotDeduplicates: true,
			RecallWindow: 24 * time.Hour, StatusWindow: 24 * time.Hour, StatusUsers: 5, Mentions: 10,
			Write: provider.WriteLimits{DepartmentName: 20, DepartmentNameWithout: "-", PersonName: 20, MobileFixed: true},
		},
		Conversations: []provider.ConversationID{"group-1"},
		Degrades:      []provider.ContentType{provider.LinkContent},
	})
}

func harnessOf(fake *providertest.Fake) providertest.Harness {
	wrong := fake.ValidSettings()
	wrong.Secrets[provider.SettingClientSecret] = provider.NewSecret("wrong-secret-1")
	outcomes := make(map[provider.UserID]provider.PersonOutcome)
	finish := func(_ testing.TB, taskID string) {
		for user, o := range outcomes {
			fake.Report(taskID, user, o)
		}
		fake.Progress(taskID, 100)
	}
	return providertest.Harness{
		Factory: fake, Settings: fake.ValidSettings(), Company: providertest.SmallCompany(), WrongSettings: wrong,
		Break:    func(_ testing.TB, f providertest.Fault) (func(), bool) { return breakFake(fake, f), true },
		Received: received(fake.Sent), RobotReceived: received(fake.RobotSent), WebhookReceived: received(fake.WebhookSent),
		Conversation: "group-1", Webhook: fake.Webhook("group-1"), OfficialWebhook: fake.Webhook("group-2"),
		WrongWebhook: provider.Webhook{URL: fake.Webhook("group-1").URL, SignSecret: fake.Webhook("group-2").SignSecret},
		Recalled:     func(taskID string) bool { return find(fake, taskID).Recalled },
		Status:       func(taskID string) provider.Status { return find(fake, taskID).Status },
		Uploaded:     fake.Uploads,
		Outcome: func(_ testing.TB, user provider.UserID, o provider.Outcome) {
			outcomes[user] = provider.PersonOutcome{Outcome: o}
			if o == provider.OutcomeFailed {
				outcomes[user] = provider.PersonOutcome{Outcome: o, Err: &provider.Error{
					Code: provider.ResourceExhausted, Provider: fake.Kind(), Op: "send",
				}}
			}
		},
		Finish: finish, FinishRobot: finish,
		InAppCode: func(_ testing.TB, user provider.UserID) string { return fake.InAppCode(user) },
		Authorize: func(tb testing.TB, page string, user provider.UserID) string {
			tb.Helper()
			back, err := fake.Authorize(page, user)
			if err != nil {
				tb.Fatal(err)
			}
			return back
		},
		Outsider: func(tb testing.TB, page string) string {
			tb.Helper()
			back, err := fake.Authorize(page, "no-such-person")
			if err != nil {
				tb.Fatal(err)
			}
			return back
		},
		Refuse: func(_ testing.TB, user provider.UserID) {
			fake.Refuse(user, &provider.Error{Code: provider.NotFound, Provider: fake.Kind(), Op: "send"})
		},
		CallbackForeign: func(testing.TB) provider.CallbackRequest {
			return fake.Callback(time.Now(), provider.Event{Kind: provider.PersonLeft, OrgID: "another-org", People: []provider.UserID{"amy"}})
		},
		ValidPage:     fake.ValidPage,
		Callback:      func(_ testing.TB, e provider.Event) provider.CallbackRequest { return fake.Callback(time.Now(), e) },
		CallbackCheck: func(testing.TB) provider.CallbackRequest { return fake.Callback(time.Now()) },

		CallbackGet: func(testing.TB) (provider.CallbackRequest, string) {
			return fake.CallbackGet(time.Now(), "a word"), "a word"
		},
		CallbackHeaders: []string{providertest.SignatureHeader},
		Emit:            func(_ testing.TB, e provider.Event) { fake.Emit(e) },
		Connected: func(tb testing.TB) {
			tb.Helper()
			for deadline := time.Now().Add(20 * time.Second); fake.Streams() == 0; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					tb.Fatal("no stream is connected")
				}
			}
		},
		Disconnect: func(_ testing.TB, politely bool) { fake.Disconnect(politely) },
		AskConsent: func(_ testing.TB, mobile string) func() { return fake.AskConsent(mobile) },
	}
}

func received(sent func() []providertest.Sent) func() []providertest.Received {
	return func() []providertest.Received {
		var list []providertest.Received
		for _, s := range sent() {
			list = append(list, providertest.Received{
				Users: s.Users, Everyone: s.Everyone, Departments: s.Departments, Conversation: s.Conversation, Body: []byte(s.Body),
			})
		}
		return list
	}
}

// find returns the message of a task; zero when there is none.
func find(fake *providertest.Fake, taskID string) providertest.Sent {
	for _, s := range append(fake.Sent(), fake.RobotSent()...) {
		if s.TaskID == taskID {
			return s
		}
	}
	return providertest.Sent{}
}

// breakFake makes every call fail in one way.
func breakFake(fake *providertest.Fake, f providertest.Fault) (restore func()) {
	failed := func(code provider.Code, unsent, done bool) providertest.Step {
		return providertest.Step{Done: done, Err: &provider.Error{
			Code: code, Unsent: unsent, Remedy: provider.Text{ZH: "处理方法", EN: "remedy"},
		}}
	}
	step := map[providertest.Fault]providertest.Step{
		providertest.FaultThrottled: failed(provider.ResourceExhausted, true, false),
		providertest.FaultDenied:    failed(provider.PermissionDenied, true, false),
		providertest.FaultDown:      failed(provider.Unavailable, false, false),
		providertest.FaultGarbled:   failed(provider.Unavailable, false, true),
		providertest.FaultLost:      failed(provider.DeadlineExceeded, false, true),
		providertest.FaultHang:      {Wait: make(chan struct{})},
	}[f]
	var restores []func()
	for _, op := range providertest.Ops() {
		restores = append(restores, fake.Break(op, step))
	}
	return func() {
		for _, r := range restores {
			r()
		}
	}
}

func TestFakeScript(t *testing.T) {
	t.Parallel()
	fake := newFake()
	p, err := fake.Open(t.Context(), fake.ValidSettings(), provider.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := provider.As[provider.MessageSender](p)
	if err != nil {
		t.Fatal(err)
	}
	m, err := sender.Render(provider.NewText("x"))
	if err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	called := false
	fake.Script(providertest.OpSend,
		providertest.Step{Err: boom}, providertest.Step{Err: boom, Done: true}, providertest.Step{Then: func() { called = true }})
	to := provider.Audience{Users: []provider.UserID{"amy"}}
	for i, want := range []error{boom, boom, nil, nil} {
		if _, err := sender.Send(t.Context(), to, m, ""); !errors.Is(err, want) {
			t.Errorf("call %d: got error %v, want %v", i, err, want)
		}
	}
	if got := len(fake.Sent()); got != 3 || !called || fake.Calls(providertest.OpSend) != 4 {
		t.Errorf("got %d sent of %d calls, Then called %t; want 3 of 4, true", got, fake.Calls(providertest.OpSend), called)
	}
	fake.Refuse("amy", &provider.Error{Code: provider.NotFound})
	receipt, err := sender.Send(t.Context(), to, m, "")
	if err != nil || receipt.Refused["amy"] == nil {
		t.Errorf("Send to a refused user = %+v, %v", receipt, err)
	}
}

func ExampleNewFake() {
	fake := providertest.NewFake(providertest.FakeConfig{Company: providertest.SmallCompany()})
	fake.Script(providertest.OpSend, providertest.Step{Err: &provider.Error{Code: provider.Unavailable, Unsent: true}})
	p, _ := fake.Open(context.Background(), fake.ValidSettings(), provider.Environment{})
	defer func() { _ = p.Close() }()
	// Give p to what is to be tested, then look at fake.Sent().
}
