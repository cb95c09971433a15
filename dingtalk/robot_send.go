package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

var errNoRobot = errors.New("the setting " + SettingRobotCode + " is empty")

// SendRobot sends a message in the name of the app's robot. As Send it is
// repeated only when DingTalk certainly turned the attempt before away. People
// it was not sent to are in Receipt.Refused; when all are, Receipt.TaskID may be
// empty. DingTalk takes no dedup text.
func (p *Provider) SendRobot(
	ctx context.Context, to provider.RobotAudience, m provider.Rendered, _ string,
) (provider.Receipt, error) {
	r, err := p.robotRequest(to, m)
	if err != nil {
		return provider.Receipt{}, err
	}
	reply, got, err := ask[wire.RobotSendReply](ctx, p.client, r)
	if err != nil {
		return provider.Receipt{}, err
	}
	refused := p.refusedPeople(r.api, to.Users, reply, got)
	if reply.ProcessQueryKey == "" && (len(refused) == 0 || len(refused) < len(to.Users)) {
		return provider.Receipt{}, p.client.malformed(r.api, got)
	}
	return provider.Receipt{
		TaskID: string(reply.ProcessQueryKey), RequestID: got.requestID, Refused: refused,
		Raw: []byte(got.hidden.replace(string(got.body))),
	}, nil
}

func (p *Provider) robotRequest(to provider.RobotAudience, m provider.Rendered) (request, error) {
	a := apiRobotSend
	if to.Conversation != "" {
		a = apiRobotGroupSend
	}
	var message wire.RobotMessage
	switch {
	case (len(to.Users) > 0) == (to.Conversation != ""):
		return request{}, invalid(a, "audience must be users or a conversation")
	case len(to.Users) > robotUsersPerSend:
		return request{}, invalid(a, fmt.Sprintf("%d users; at most %d", len(to.Users), robotUsersPerSend))
	case json.Unmarshal(m.Body, &message) != nil || message.MsgKey == "" || message.MsgParam == "":
		return request{}, invalid(a, "message was not rendered for a robot")
	}
	robot, err := p.robot(a)
	if err != nil {
		return request{}, err
	}
	if to.Conversation != "" {
		return request{api: a, body: wire.RobotGroupSendRequest{
			RobotCode: robot, ConversationID: string(to.Conversation), RobotMessage: message,
		}}, nil
	}
	users := make([]string, len(to.Users))
	for i, u := range to.Users {
		if u == "" {
			return request{}, invalid(a, "a user id is empty")
		}
		users[i] = string(u)
	}
	return request{api: a, body: wire.RobotSendRequest{RobotCode: robot, UserIDs: users, RobotMessage: message}}, nil
}

// robot returns the app's robot. Without one the error tells where to enter it.
func (p *Provider) robot(a api) (string, error) {
	if p.robotCode != "" {
		return p.robotCode, nil
	}
	e := p.client.failure(a, provider.FailedPrecondition, errNoRobot, true)
	e.Remedy = remedyRobotCode
	return "", e
}

// refusedPeople returns the receivers that DingTalk turned away, by the ids they
// were asked for with.
func (p *Provider) refusedPeople(
	a api, asked []provider.UserID, reply wire.RobotSendReply, got answer,
) map[provider.UserID]*provider.Error {
	reasons := make(map[string]undelivered)
	note := func(ids []wire.Text, why undelivered) {
		for _, id := range ids {
			reasons[strings.ToLower(string(id))] = why
		}
	}
	note(reply.Filtered, filtered)
	note(reply.FlowControlled, flowControlled)
	note(reply.Invalid, unknownReceiver)
	if len(reasons) == 0 {
		return nil
	}
	refused := make(map[provider.UserID]*provider.Error)
	for _, u := range asked {
		if why, ok := reasons[strings.ToLower(string(u))]; ok {
			refused[u] = p.client.personError(a, why, "", got.requestID)
		}
	}
	return refused
}
