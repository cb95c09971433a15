package dingtalk_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
)

// office is an emulator with an app that has a robot, a group and a webhook.
type office struct {
	srv   *dingtalktest.Server
	p     *dingtalk.Provider
	hooks provider.WebhookSender
	hook  provider.Webhook
	token string // of the webhook
	group provider.ConversationID
	users []provider.UserID
}

func newOffice(t *testing.T, o dingtalktest.Options, w dingtalktest.Webhook) office {
	t.Helper()
	o.Companies = []dingtalktest.Company{dingtalktest.Generate(dingtalktest.Realistic(3, 40, 4))}
	srv := dingtalktest.NewServerWith(t, o)
	of := office{srv: srv}
	var members []string
	for person := range srv.People(srv.CorpID()) {
		members = append(members, person.UserID)
		of.users = append(of.users, provider.UserID(person.UserID))
	}
	group, err := srv.AddGroup(srv.CorpID(), dingtalktest.Group{Members: members})
	if err != nil {
		t.Fatal(err)
	}
	w.GroupID = group
	if w, err = srv.AddWebhook(srv.CorpID(), w); err != nil {
		t.Fatal(err)
	}
	app := srv.App()
	options := dingtalk.Options{APIBaseURL: srv.URL, OAPIBaseURL: srv.URL, CallsPerSecond: -1}
	env := provider.Environment{Client: srv.Client(), Now: o.Now}
	of.p = openWith(t, options, provider.Settings{
		Values: map[string]string{
			provider.SettingOrgID: srv.CorpID(), provider.SettingAgentID: strconv.FormatInt(app.AgentID, 10),
			provider.SettingClientID: app.ClientID, dingtalk.SettingRobotCode: app.RobotCode,
		},
		Secrets: map[string]provider.Secret{provider.SettingClientSecret: provider.NewSecret(app.ClientSecret)},
	}, env)
	of.hooks = webhooksOf(t, options, env)
	of.hook, of.token, of.group = webhook(srv.WebhookURL(w.Token), w.Secret), w.Token, provider.ConversationID(group)
	return of
}

// upload returns the media id of a file.
func (of office) upload(t *testing.T, kind provider.MediaKind, name string) string {
	t.Helper()
	got, err := of.p.Upload(t.Context(), provider.Media{Kind: kind, Name: name, Size: 5, Data: strings.NewReader("hello")})
	if err != nil {
		t.Fatalf("Upload of %s: %v", name, err)
	}
	return got.ID
}

// contents are of all types, as large as may be.
func (of office) contents(t *testing.T) map[string]provider.Content {
	t.Helper()
	picture, voice, file := of.upload(t, provider.MediaImage, "图.png"), of.upload(t, provider.MediaVoice, "a.amr"), of.upload(t, provider.MediaFile, "表.xlsx")
	list := map[string]provider.Content{
		"text":        provider.NewText("你好 <b> & \"c\"\n第二行"),
		"markdown":    provider.NewMarkdown("日报", "# 日报\n|a|b|\n|-|-|\n|1|2|\n\n```\nx\n```\n![]("+picture+")"),
		"link":        provider.NewLink("标题", "正文", "https://a.example/?a=1&b=2", "https://a.example/p.png"),
		"bare link":   provider.NewLink(strings.Repeat("长", 80), "正文", "https://a.example/", ""),
		"image":       provider.NewImage(picture),
		"file":        {Type: provider.FileContent, File: &provider.File{MediaID: file, Name: "表.xlsx"}},
		"voice":       {Type: provider.VoiceContent, Voice: &provider.Voice{MediaID: voice, Duration: 59}},
		"notice":      notice(everything),
		"bare notice": {Type: provider.NoticeContent, Notice: &provider.Notice{Text: "文"}},
		"feed": {Type: provider.FeedContent, Feed: &provider.Feed{Items: []provider.FeedItem{
			{Title: "甲", URL: "https://a.example/1", ImageURL: "https://a.example/1.png"},
			{Title: "乙", URL: "https://a.example/2", ImageURL: "https://a.example/2.png"},
		}}},
	}
	list["notice"].Notice.ImageURL = picture
	for n := 1; n <= provider.MaxButtons; n++ {
		list[fmt.Sprint("card of ", n)] = card("", n)
		list[fmt.Sprint("wide card of ", n)] = card(provider.LayoutHorizontal, n)
	}
	return list
}

// TestEmulatorTakesEveryContent: what is rendered is in the documented form, on
// every channel that shows it.
func TestEmulatorTakesEveryContent(t *testing.T) {
	t.Parallel()
	of := newOffice(t, dingtalktest.Options{}, dingtalktest.Webhook{Secret: hookSecret, PerMinute: -1})
	contents := of.contents(t)
	want := map[dingtalktest.Channel]int{}
	for _, name := range slices.Sorted(maps.Keys(contents)) {
		c := contents[name]
		if m, err := of.p.Render(c); err != nil {
			t.Errorf("%s: Render: %v", name, err)
		} else if _, err := of.p.Send(t.Context(), provider.Audience{Users: of.users[:3]}, m, ""); err != nil {
			t.Errorf("%s: Send: %v: %s", name, err, m.Body)
		}
		m, err := of.p.RenderRobot(c)
		if err != nil {
			t.Errorf("%s: RenderRobot: %v", name, err)
			continue
		}
		for _, to := range []provider.RobotAudience{{Users: of.users[:3]}, {Conversation: of.group}} {
			if _, err := of.p.SendRobot(t.Context(), to, m, ""); err != nil {
				t.Errorf("%s: SendRobot: %v: %s", name, err, m.Body)
			}
		}
		m, err = of.hooks.RenderWebhook(c, provider.Mentions{Users: of.users[:1], Mobiles: []string{"13800000001"}})
		if provider.CodeOf(err) == provider.Unsupported {
			continue
		}
		if _, err := of.hooks.SendWebhook(t.Context(), of.hook, m, name); err != nil {
			t.Errorf("%s: SendWebhook: %v: %s", name, err, m.Body)
		}
		want[dingtalktest.ChannelWebhook]++
	}
	want[dingtalktest.ChannelWork], want[dingtalktest.ChannelRobot], want[dingtalktest.ChannelGroup] = len(contents), len(contents), len(contents)
	got := map[dingtalktest.Channel]int{}
	for _, d := range of.srv.Deliveries() {
		got[d.Channel]++
		if d.Channel == dingtalktest.ChannelWebhook && (d.Content.Type == "text" || d.Content.Type == "markdown") && len(d.Mentioned) != 2 {
			t.Errorf("%s mentions %v, want two", d.Content, d.Mentioned)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("messages by channel = %v, want %v", got, want)
	}
}

// TestEmulatorRobotTellsWhoReadIt from the first answer to the recall.
func TestEmulatorRobotTellsWhoReadIt(t *testing.T) {
	t.Parallel()
	of := newOffice(t, dingtalktest.Options{}, dingtalktest.Webhook{})
	if err := of.srv.SlowRobots(of.srv.CorpID(), string(of.users[1]), true); err != nil {
		t.Fatal(err)
	}
	m, err := of.p.RenderRobot(provider.NewText("请查收"))
	if err != nil {
		t.Fatal(err)
	}
	people := []provider.UserID{of.users[0], of.users[1], of.users[2], "nobody"}
	receipt, err := of.p.SendRobot(t.Context(), provider.RobotAudience{Users: people}, m, "")
	if err != nil || len(receipt.Refused) != 2 || receipt.Refused["nobody"].Code != provider.NotFound || !provider.Retryable(receipt.Refused[of.users[1]]) {
		t.Fatalf("SendRobot() = %+v, %v; want nobody and the slowed one refused", receipt, err)
	}
	if err := of.srv.ReadDelivery(string(of.users[0]), receipt.TaskID); err != nil {
		t.Fatal(err)
	}
	req := provider.TrackRequest{TaskID: receipt.TaskID, Recipients: len(people)}
	report, err := of.p.TrackRobot(t.Context(), req)
	if err != nil || !report.Done || len(report.Outcomes) != 2 || report.Outcomes[of.users[0]].Outcome != provider.OutcomeRead ||
		report.Outcomes[of.users[2]].Outcome != provider.OutcomeDelivered {
		t.Errorf("TrackRobot() = %+v, %v", report, err)
	}
	for range 2 {
		if err := of.p.RecallRobot(t.Context(), "", receipt.TaskID); err != nil {
			t.Errorf("RecallRobot: %v", err)
		}
	}
	if report, err = of.p.TrackRobot(t.Context(), req); err != nil || !report.Done {
		t.Errorf("TrackRobot after the recall = %+v, %v", report, err)
	}
	if err := of.p.RecallRobot(t.Context(), of.group, receipt.TaskID); provider.CodeOf(err) != provider.NotFound {
		t.Errorf("RecallRobot from a group it did not go to: %v, want not_found", err)
	}
}

// TestEmulatorGroupsReadersPage: more readers than a page holds.
func TestEmulatorGroupsReadersPage(t *testing.T) {
	t.Parallel()
	of := newOffice(t, dingtalktest.Options{}, dingtalktest.Webhook{})
	var members []string
	for i := range 2*200 + 1 {
		id := fmt.Sprintf("member%03d", i)
		members = append(members, id)
		if err := of.srv.AddPerson(of.srv.CorpID(), dingtalktest.Person{
			UserID: id, Name: "成员", Mobile: fmt.Sprintf("137%08d", i), Memberships: []dingtalktest.Membership{{DepartmentID: dingtalktest.RootID}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	group, err := of.srv.AddGroup(of.srv.CorpID(), dingtalktest.Group{Members: members})
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := of.p.SendRobot(t.Context(), provider.RobotAudience{Conversation: provider.ConversationID(group)}, helloRobot, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := of.srv.ReadDeliveryByAll(receipt.TaskID); err != nil {
		t.Fatal(err)
	}
	report, err := of.p.TrackRobot(t.Context(), provider.TrackRequest{TaskID: receipt.TaskID, Conversation: provider.ConversationID(group)})
	if err != nil || len(report.Outcomes) != len(members) {
		t.Errorf("TrackRobot: %d outcomes, %v; want %d", len(report.Outcomes), err, len(members))
	}
	if n := of.srv.CallCount(readersPath); n != 3 {
		t.Errorf("%d pages, want 3", n)
	}
	if err := of.srv.DisbandGroup(group); err != nil {
		t.Fatal(err)
	}
	_, err = of.p.SendRobot(t.Context(), provider.RobotAudience{Conversation: provider.ConversationID(group)}, helloRobot, "")
	if e := asError(t, err); e.Code != provider.NotFound || !strings.Contains(e.Remedy.ZH, "群") {
		t.Errorf("SendRobot to a disbanded group: %+v, want not_found", e)
	}
}

func TestEmulatorAfterADay(t *testing.T) {
	t.Parallel()
	now := time.Now()
	of := newOffice(t, dingtalktest.Options{Now: func() time.Time { return now }}, dingtalktest.Webhook{})
	c := notice(everything)
	c.Notice.ImageURL = of.upload(t, provider.MediaImage, "a.png")
	m, err := of.p.Render(c)
	if err != nil {
		t.Fatal(err)
	}
	work, err := of.p.Send(t.Context(), provider.Audience{Users: of.users[:5]}, m, "")
	if err != nil {
		t.Fatal(err)
	}
	robot, err := of.p.SendRobot(t.Context(), provider.RobotAudience{Users: of.users[:1]}, helloRobot, "")
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(24*time.Hour + time.Second)
	if err := of.p.Recall(t.Context(), work.TaskID); provider.CodeOf(err) != provider.NotFound {
		t.Errorf("Recall: %v, want not_found", err)
	}
	if err := of.p.RecallRobot(t.Context(), "", robot.TaskID); provider.CodeOf(err) != provider.NotFound {
		t.Errorf("RecallRobot: %v, want not_found", err)
	}
	if err := of.p.UpdateStatus(t.Context(), work.TaskID, provider.Status{Text: "已同意"}); err != nil {
		t.Errorf("UpdateStatus: %v", err)
	}
	now = now.Add(7 * 24 * time.Hour)
	if err := of.p.UpdateStatus(t.Context(), work.TaskID, provider.Status{Text: "x"}); provider.CodeOf(err) != provider.NotFound {
		t.Errorf("UpdateStatus after 7 days: %v, want not_found", err)
	}
}

func TestEmulatorVerifiesTheRobot(t *testing.T) {
	t.Parallel()
	of := newOffice(t, dingtalktest.Options{}, dingtalktest.Webhook{})
	for want, permissions := range map[provider.PermissionState][]string{
		provider.PermissionGranted: dingtalktest.AllPermissions(),
		provider.PermissionMissing: dingtalktest.Without(dingtalktest.AllPermissions(), dingtalktest.PermissionRobot),
	} {
		if err := of.srv.UpdateApp(of.srv.App().ClientID, func(a *dingtalktest.App) { a.Permissions = permissions }); err != nil {
			t.Fatal(err)
		}
		report, err := of.p.Verify(t.Context())
		if got := states(report)["qyapi_robot_sendmsg"]; err != nil || got != want {
			t.Errorf("robot's permission is %s (%v), want %s", got, err, want)
		}
	}
	if got := len(of.srv.Deliveries()); got != 0 {
		t.Errorf("%d messages by verifying", got)
	}
}
