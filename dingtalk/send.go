package dingtalk

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// Send asks DingTalk to deliver a work notification. Departments include their
// sub-departments. It is repeated only when DingTalk certainly turned the
// attempt before away: for the token, for speed, or because the connection was
// not made. Accepted is not delivered: over its daily limits, and for content a
// person has already had today, DingTalk still accepts and drops the message;
// only Track shows it. DingTalk takes no dedup text.
func (p *Provider) Send(ctx context.Context, to provider.Audience, m provider.Rendered, _ string) (provider.Receipt, error) {
	body, err := p.sendRequest(to, m)
	if err != nil {
		return provider.Receipt{}, err
	}
	reply, got, err := ask[wire.SendReply](ctx, p.client, request{api: apiSend, body: body})
	if err == nil && reply.TaskID == 0 {
		err = p.client.malformed(apiSend, got)
	}
	if err != nil {
		return provider.Receipt{}, err
	}
	return provider.Receipt{
		TaskID:    strconv.FormatInt(int64(reply.TaskID), 10),
		RequestID: got.requestID,
		Raw:       []byte(got.hidden.replace(string(got.body))),
	}, nil
}

func (p *Provider) sendRequest(to provider.Audience, m provider.Rendered) (wire.SendRequest, error) {
	r := wire.SendRequest{AgentID: p.agentID, Everyone: to.Everyone, Msg: m.Body}
	kinds := 0
	for _, given := range []bool{len(to.Users) > 0, len(to.Departments) > 0, to.Everyone} {
		if given {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		return r, invalid(apiSend, "audience must be users, departments or everyone")
	case len(to.Users) > usersPerSend:
		return r, invalid(apiSend, fmt.Sprintf("%d users; at most %d", len(to.Users), usersPerSend))
	case len(to.Departments) > departmentsPerSend:
		return r, invalid(apiSend, fmt.Sprintf("%d departments; at most %d", len(to.Departments), departmentsPerSend))
	case len(m.Body) == 0:
		return r, invalid(apiSend, "message is empty")
	}
	users := make([]string, len(to.Users))
	for i, u := range to.Users {
		if u == "" || strings.Contains(string(u), ",") {
			return r, invalid(apiSend, fmt.Sprintf("user id %q", u))
		}
		users[i] = string(u)
	}
	departments := make([]string, len(to.Departments))
	for i, d := range to.Departments {
		if _, err := departmentNumber(apiSend, d); err != nil {
			return r, err
		}
		departments[i] = string(d)
	}
	r.Users, r.Departments = strings.Join(users, ","), strings.Join(departments, ",")
	return r, nil
}
