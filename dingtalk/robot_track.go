package dingtalk

import (
	"context"
	"net/url"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// What DingTalk says of a robot's message and its readers. Its page lists
// SUCCESS, the sample on it says SUCESS (docs, "query the read status", read
// 2026-11-22).
const (
	robotRead       = "READ"
	robotUnread     = "UNREAD"
	robotProcessing = "PROCESSING"
)

// TrackRobot tells who read a robot's message. A group's message has outcomes
// only of those who did. While DingTalk has no data about a new message the
// error is of code Unavailable; the same word, processQueryKey.expireTime,
// stands for a message of more than 24 hours ago. A recalled message is done.
func (p *Provider) TrackRobot(ctx context.Context, req provider.TrackRequest) (provider.TrackReport, error) {
	a := apiRobotRead
	if req.Conversation != "" {
		a = apiRobotGroupRead
	}
	if req.TaskID == "" {
		return provider.TrackReport{}, invalid(a, "task id is empty")
	}
	robot, err := p.robot(a)
	if err != nil {
		return provider.TrackReport{}, err
	}
	if req.Conversation != "" {
		return p.trackGroup(ctx, robot, req)
	}
	reply, got, err := ask[wire.RobotReadReply](ctx, p.client, readStatusRequest(robot, req.TaskID))
	if err == nil && reply.SendStatus == "" {
		err = p.client.malformed(a, got)
	}
	if err != nil {
		return provider.TrackReport{}, err
	}
	report := robotReport(reply.SendStatus)
	for _, person := range reply.People {
		if person.UserID != "" {
			report.Outcomes[provider.UserID(person.UserID)] = robotOutcome(person.ReadStatus, report.Done)
		}
	}
	return report, nil
}

func readStatusRequest(robot, key string) request {
	return request{api: apiRobotRead, query: url.Values{"robotCode": {robot}, "processQueryKey": {key}}}
}

func robotReport(status wire.Text) provider.TrackReport {
	report := provider.TrackReport{Outcomes: make(map[provider.UserID]provider.PersonOutcome)}
	if status != robotProcessing {
		report.Done, report.Percent = true, 100
	}
	return report
}

// robotOutcome: unread is delivered only when sending has ended.
func robotOutcome(status wire.Text, done bool) provider.PersonOutcome {
	switch {
	case status == robotRead:
		return provider.PersonOutcome{Outcome: provider.OutcomeRead}
	case status == robotUnread && done:
		return provider.PersonOutcome{Outcome: provider.OutcomeDelivered}
	default:
		return provider.PersonOutcome{Outcome: provider.OutcomePending}
	}
}

// trackGroup reads all pages of a group's readers.
func (p *Provider) trackGroup(ctx context.Context, robot string, req provider.TrackRequest) (provider.TrackReport, error) {
	var report provider.TrackReport
	seen := make(map[wire.Text]bool)
	body := wire.RobotGroupReadRequest{
		RobotCode: robot, ConversationID: string(req.Conversation), ProcessQueryKey: req.TaskID, MaxResults: readersPageSize,
	}
	for {
		page, got, err := ask[wire.RobotGroupReadReply](ctx, p.client, request{api: apiRobotGroupRead, body: body})
		if err == nil && (page.SendStatus == "" || bool(page.HasMore) && (page.NextToken == "" || seen[page.NextToken])) {
			err = p.client.malformed(apiRobotGroupRead, got)
		}
		if err != nil {
			return provider.TrackReport{}, err
		}
		if report.Outcomes == nil {
			report = robotReport(page.SendStatus)
		}
		for _, id := range page.Readers {
			if id != "" {
				report.Outcomes[provider.UserID(id)] = provider.PersonOutcome{Outcome: provider.OutcomeRead}
			}
		}
		if !page.HasMore {
			return report, nil
		}
		seen[page.NextToken] = true
		body.NextToken = string(page.NextToken)
	}
}
