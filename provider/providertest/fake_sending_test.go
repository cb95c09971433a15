package providertest_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

func TestFakeHangAndFail(t *testing.T) {
	t.Parallel()
	o := open(t, providertest.FakeConfig{})
	robot := as[provider.RobotSender](t, o)
	m, err := robot.RenderRobot(provider.NewText("x"))
	if err != nil {
		t.Fatal(err)
	}
	o.Refuse("amy", &provider.Error{Code: provider.NotFound})
	o.Refuse("ben", &provider.Error{Code: provider.ResourceExhausted})
	send := func() (provider.Receipt, error) {
		return robot.SendRobot(t.Context(), provider.RobotAudience{Users: []provider.UserID{"amy", "ben", "cai"}}, m, "")
	}
	release := o.Hang(providertest.OpRobotSend)
	result := make(chan error, 1)
	go func() { _, err := send(); result <- err }()
	for o.Calls(providertest.OpRobotSend) == 0 {
		time.Sleep(time.Millisecond)
	}
	if n := len(o.RobotSent()); n != 0 {
		t.Errorf("%d messages are sent while it hangs", n)
	}
	release()
	release()
	if err := <-result; err != nil {
		t.Errorf("after release: %v", err)
	}
	o.Fail(providertest.OpRobotSend, 2, &provider.Error{Code: provider.Unavailable, Unsent: true})
	for range 2 {
		_, err := send()
		wantCodes(t, "scripted", provider.Unavailable, err)
	}
	receipt, err := send()
	if err != nil || len(receipt.Refused) != 2 || provider.Retryable(receipt.Refused["amy"]) || !provider.Retryable(receipt.Refused["ben"]) {
		t.Errorf("SendRobot = %+v, %v; want amy refused for good, and ben for now", receipt, err)
	}
	o.Report(receipt.TaskID, "cai", provider.PersonOutcome{Outcome: provider.OutcomeRead})
	report, err := as[provider.RobotTracker](t, o).TrackRobot(t.Context(), provider.TrackRequest{TaskID: receipt.TaskID, Recipients: 3})
	if err != nil || report.Outcomes["cai"].Outcome != provider.OutcomeRead {
		t.Errorf("TrackRobot = %+v, %v; want it read by cai", report, err)
	}
}

func TestFakeGroups(t *testing.T) {
	t.Parallel()
	o := open(t, providertest.FakeConfig{Conversations: []provider.ConversationID{"group-1"}})
	robot, recaller := as[provider.RobotSender](t, o), as[provider.RobotRecaller](t, o)
	send := func(to provider.RobotAudience) (provider.Receipt, error) {
		return robot.SendRobot(t.Context(), to, provider.Rendered{Body: []byte(`{}`)}, "")
	}
	receipt, err := send(provider.RobotAudience{Conversation: "group-1"})
	_, foreign := send(provider.RobotAudience{Conversation: "group-2"})
	_, both := send(provider.RobotAudience{Conversation: "group-1", Users: []provider.UserID{"amy"}})
	_, none := send(provider.RobotAudience{})
	wantCodes(t, "its group", provider.OK, err)
	wantCodes(t, "a foreign group", provider.NotFound, foreign, recaller.RecallRobot(t.Context(), "", receipt.TaskID))
	wantCodes(t, "not one audience", provider.InvalidArgument, both, none)
	o.Report(receipt.TaskID, "amy", provider.PersonOutcome{Outcome: provider.OutcomeRead})
	report, err := as[provider.RobotTracker](t, o).TrackRobot(t.Context(),
		provider.TrackRequest{TaskID: receipt.TaskID, Conversation: "group-1"})
	if err != nil || len(report.Outcomes) != 1 || report.Outcomes["amy"].Outcome != provider.OutcomeRead {
		t.Errorf("TrackRobot = %+v, %v; want it read by amy", report, err)
	}
}

func TestFakeMedia(t *testing.T) {
	t.Parallel()
	o := open(t, providertest.FakeConfig{MediaLife: time.Hour, Limits: provider.Limits{
		Media: map[provider.MediaKind]provider.MediaLimit{provider.MediaFile: {Bytes: 4, Extensions: []string{"txt"}}},
	}})
	upload := as[provider.MediaUploader](t, o).Upload
	media := func(name, data string, size int64) provider.Media {
		return provider.Media{Kind: provider.MediaFile, Name: name, Size: size, Data: strings.NewReader(data)}
	}
	got, err := upload(t.Context(), media("a.txt", "four", 4))
	if err != nil || !got.ExpiresAt.Equal(o.now.Add(time.Hour)) {
		t.Errorf("Upload = %+v, %v; want it good for an hour", got, err)
	}
	_, long := upload(t.Context(), media("a.txt", "fives", 5))
	_, lying := upload(t.Context(), media("a.txt", "fives", 4))
	_, short := upload(t.Context(), media("a.txt", "tri", 4))
	_, odd := upload(t.Context(), media("a.exe", "four", 4))
	wantCodes(t, "refused", provider.InvalidArgument, long, lying, short, odd)
	want := []providertest.Uploaded{{ID: got.ID, Kind: provider.MediaFile, Name: "a.txt", Data: []byte("four")}}
	if uploads := o.Uploads(); !reflect.DeepEqual(uploads, want) {
		t.Errorf("Uploads = %+v, want %+v", uploads, want)
	}
}

func TestFakeUnsupported(t *testing.T) {
	t.Parallel()
	o := open(t, providertest.FakeConfig{Unsupported: []provider.ContentType{provider.FeedContent}})
	feed := provider.Content{Type: provider.FeedContent, Feed: &provider.Feed{
		Items: []provider.FeedItem{{Title: "t", URL: "u", ImageURL: "i"}},
	}}
	_, work := as[provider.MessageSender](t, o).Render(feed)
	_, robot := as[provider.RobotSender](t, o).RenderRobot(feed)
	_, hook := o.Webhooks(o.env()).RenderWebhook(feed, provider.Mentions{})
	wantCodes(t, "feed", provider.Unsupported, work, robot, hook)
}

func ExampleFake_Hang() {
	fake := providertest.NewFake(providertest.FakeConfig{Limits: provider.Limits{UsersPerSend: 2, SameContentPerDay: 1}})
	release := fake.Hang(providertest.OpSend)
	defer release()
	fake.Fail(providertest.OpRecall, 3, &provider.Error{Code: provider.Unavailable})
	fake.Refuse("amy", &provider.Error{Code: provider.ResourceExhausted}) // for now
	p, _ := fake.Open(context.Background(), fake.ValidSettings(), provider.Environment{})
	defer func() { _ = p.Close() }()
	// Give p to what is to be tested; no Sent.Beyond means that it keeps to the
	// limits.
}
