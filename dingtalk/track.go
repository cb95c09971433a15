package dingtalk

import (
	"context"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// sendingDone is the status of a finished task.
const sendingDone = 2

// Track asks, for batches of 1 to 100 people, for the outcome of each, and
// unless that has everybody in it for the progress. DingTalk keeps both for 24
// hours.
func (p *Provider) Track(ctx context.Context, req provider.TrackRequest) (provider.TrackReport, error) {
	id, err := taskNumber(apiSendProgress, req.TaskID)
	if err != nil {
		return provider.TrackReport{}, err
	}
	task := wire.TaskRequest{AgentID: p.agentID, TaskID: id}
	var outcomes map[provider.UserID]provider.PersonOutcome
	if req.Recipients > 0 && req.Recipients <= trackUsers {
		if outcomes, err = p.outcomes(ctx, task); err != nil {
			return provider.TrackReport{}, err
		}
		if len(outcomes) >= req.Recipients {
			return provider.TrackReport{Done: true, Percent: 100, Outcomes: outcomes}, nil
		}
	}
	report, err := p.progress(ctx, task)
	report.Outcomes = outcomes
	return report, err
}

func (p *Provider) progress(ctx context.Context, task wire.TaskRequest) (provider.TrackReport, error) {
	reply, got, err := ask[wire.ProgressReply](ctx, p.client, request{api: apiSendProgress, body: task})
	if err == nil && reply.Progress == nil {
		err = p.client.malformed(apiSendProgress, got)
	}
	if err != nil {
		return provider.TrackReport{}, err
	}
	return provider.TrackReport{
		Done:    reply.Progress.Status == sendingDone,
		Percent: int(min(max(reply.Progress.Percent, 0), 100)),
	}, nil
}

// outcomes returns what became of the message person by person. Somebody who is
// listed twice has the better outcome: who read a message has it.
func (p *Provider) outcomes(ctx context.Context, task wire.TaskRequest) (map[provider.UserID]provider.PersonOutcome, error) {
	reply, got, err := ask[wire.ResultReply](ctx, p.client, request{api: apiSendResult, body: task})
	if err == nil && reply.SendResult == nil {
		err = p.client.malformed(apiSendResult, got)
	}
	if err != nil {
		return nil, err
	}
	r := reply.SendResult
	out := make(map[provider.UserID]provider.PersonOutcome)
	fail := func(id wire.Text, why undelivered, code string) {
		out[provider.UserID(id)] = provider.PersonOutcome{
			Outcome: provider.OutcomeFailed, Err: p.client.personError(apiSendResult, why, code, got.requestID),
		}
	}
	for _, id := range r.Failed {
		fail(id, notDelivered, "")
	}
	for _, id := range r.Invalid {
		fail(id, unknownReceiver, "")
	}
	for _, id := range r.Forbidden {
		fail(id, heldBack, "")
	}
	for _, f := range r.Reasons {
		if f.UserID != "" {
			fail(f.UserID, reasonFor(string(f.Code)), string(f.Code))
		}
	}
	for _, id := range r.Unread {
		out[provider.UserID(id)] = provider.PersonOutcome{Outcome: provider.OutcomeDelivered}
	}
	for _, id := range r.Read {
		out[provider.UserID(id)] = provider.PersonOutcome{Outcome: provider.OutcomeRead}
	}
	return out, nil
}
