package providertest_test

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// messageDefects are about what else is done with messages, and about files.
func messageDefects() map[string]defect {
	return map[string]defect{
		"loses a text":          {wrap: func(b broken) provider.Provider { return lossySender{b} }, fails: "sender/renders"},
		"recalls once only":     {wrap: func(b broken) provider.Provider { return &onceRecaller{broken: b} }, fails: "recaller/takes_back"},
		"recalls everything":    {wrap: func(b broken) provider.Provider { return greedyRecaller{b} }, fails: "recaller/unknown_task"},
		"recalls nothing":       {wrap: func(b broken) provider.Provider { return greedyRecaller{b} }, fails: "robot_recaller/takes_back_from_a_group"},
		"keeps the status":      {wrap: func(b broken) provider.Provider { return stiffUpdater{b} }, fails: "status/changes"},
		"forgets its task":      {wrap: func(b broken) provider.Provider { return forgetfulRobot{b} }, fails: "robot/sends"},
		"takes the wrong group": {wrap: func(b broken) provider.Provider { return lostRobot{b} }, fails: "robot_in_a_group/sends"},
		"uploads half a file":   {wrap: func(b broken) provider.Provider { return halfUploader{b} }, fails: "uploader/a_reader_that_fails"},
		"sends repeats":         {wrap: func(b broken) provider.Provider { return amnesiac{b} }, fails: "sender/repeats_are_one_message"},
		"takes departments for everyone": {
			wrap:  func(b broken) provider.Provider { return loudSender{b} },
			fails: "sender/sends_to_departments",
		},
		"hides who was turned away": {
			wrap:  func(b broken) provider.Provider { return discreetSender{b} },
			fails: "sender/tells_who_was_turned_away",
		},
		"cuts what is long":   {wrap: func(b broken) provider.Provider { return tailor{b} }, fails: "sender/cuts_nothing_off"},
		"renames files":       {wrap: func(b broken) provider.Provider { return renamer{b} }, fails: "uploader/takes_every_kind"},
		"uploads anything":    {wrap: func(b broken) provider.Provider { return anyUploader{b} }, fails: "uploader/refuses_what_is_not_within_the_limits"},
		"shares its limits":   {wrap: func(b broken) provider.Provider { return sharing{b, b.Limits()} }, fails: "limits/are_copies"},
		"has negative limits": {wrap: func(b broken) provider.Provider { return sharing{b, provider.Limits{Mentions: -1}} }, fails: "limits/make_sense"},
	}
}

type loudSender struct{ broken }

func (s loudSender) Send(ctx context.Context, to provider.Audience, m provider.Rendered, dedup string) (provider.Receipt, error) {
	if len(to.Departments) > 0 {
		to = provider.Audience{Everyone: true}
	}
	return s.broken.Send(ctx, to, m, dedup)
}

// tailor cuts a text where the office app would.
type tailor struct{ broken }

func (r tailor) Render(c provider.Content) (provider.Rendered, error) {
	return r.broken.Render(c.Map(func(path, text string) string {
		if strings.HasPrefix(path, "content.text") && len(text) > 1000 {
			return strings.ToValidUTF8(text[:1000], "")
		}
		return text
	}))
}

type discreetSender struct{ broken }

func (s discreetSender) Send(ctx context.Context, to provider.Audience, m provider.Rendered, dedup string) (provider.Receipt, error) {
	receipt, err := s.broken.Send(ctx, to, m, dedup)
	receipt.Refused = nil
	return receipt, err
}

type lossySender struct{ broken }

func (s lossySender) Render(c provider.Content) (provider.Rendered, error) {
	if c.Link != nil {
		c = provider.NewText(c.Link.Text)
	}
	return s.broken.Render(c)
}

type onceRecaller struct {
	broken
	recalled bool
}

func (r *onceRecaller) Recall(ctx context.Context, taskID string) error {
	if r.recalled {
		return &provider.Error{Code: provider.NotFound, Provider: r.Kind(), Op: "recall"}
	}
	r.recalled = true
	return r.broken.Recall(ctx, taskID)
}

type greedyRecaller struct{ broken }

func (greedyRecaller) Recall(context.Context, string) error { return nil }

func (greedyRecaller) RecallRobot(context.Context, provider.ConversationID, string) error { return nil }

type stiffUpdater struct{ broken }

func (stiffUpdater) UpdateStatus(context.Context, string, provider.Status) error { return nil }

type forgetfulRobot struct{ broken }

func (r forgetfulRobot) SendRobot(ctx context.Context, to provider.RobotAudience, m provider.Rendered, dedup string) (provider.Receipt, error) {
	receipt, err := r.broken.SendRobot(ctx, to, m, dedup)
	receipt.TaskID = ""
	return receipt, err
}

type lostRobot struct{ broken }

func (r lostRobot) SendRobot(ctx context.Context, _ provider.RobotAudience, m provider.Rendered, dedup string) (provider.Receipt, error) {
	return r.broken.SendRobot(ctx, provider.RobotAudience{Users: []provider.UserID{"amy"}}, m, dedup)
}

type halfUploader struct{ broken }

func (u halfUploader) Upload(ctx context.Context, m provider.Media) (provider.UploadedMedia, error) {
	data, _ := io.ReadAll(m.Data)
	m.Data, m.Size = strings.NewReader(string(data)), int64(len(data))
	return u.broken.Upload(ctx, m)
}

// renamer gives a file a name that needs no escaping.
type renamer struct{ broken }

func (u renamer) Upload(ctx context.Context, m provider.Media) (provider.UploadedMedia, error) {
	if i := strings.LastIndexByte(m.Name, '.'); i > 0 {
		m.Name = "file" + m.Name[i:]
	}
	return u.broken.Upload(ctx, m)
}

type anyUploader struct{ broken }

func (u anyUploader) Upload(ctx context.Context, m provider.Media) (provider.UploadedMedia, error) {
	got, err := u.broken.Upload(ctx, m)
	var refused *provider.Error
	if errors.As(err, &refused) && refused.Code == provider.InvalidArgument {
		return provider.UploadedMedia{ID: "@any"}, nil
	}
	return got, err
}

// amnesiac leaves dedup texts out.
type amnesiac struct{ broken }

func (a amnesiac) Send(ctx context.Context, to provider.Audience, m provider.Rendered, _ string) (provider.Receipt, error) {
	return a.broken.Send(ctx, to, m, "")
}

type sharing struct {
	broken
	limits provider.Limits
}

func (s sharing) Limits() provider.Limits { return s.limits }
