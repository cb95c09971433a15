package transport_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// sentMessage is as much of a message as these tests look at.
type sentMessage struct {
	ID      string
	State   string
	Counts  map[string]int
	Content struct {
		Markdown struct{ Text string }
	}
	Batches []struct {
		State string
		Error *struct{ Reason string }
	}
}

func posted(path, body string) request {
	return request{method: http.MethodPost, path: path, user: owner, tenant: here, body: body}
}

// message returns a message as it stands.
func (p *platform) message(t *testing.T, id string) sentMessage {
	t.Helper()
	return result[sentMessage](t, p.do(t, request{path: "/messages/" + id, user: owner, tenant: here}))
}

const toAlice = `"provider":"dingtalk","recipients":{"usernames":["alice"]}`

// TestRecallOverHTTP sends, takes back, and asks the office app's people.
func TestRecallOverHTTP(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	m := result[sentMessage](t, p.do(t, posted("/messages", `{`+toAlice+`,"content":{"type":"text","text":{"content":"oops"}}}`)))
	p.eventually(t, "it is accepted", func() bool { return p.message(t, m.ID).Counts["accepted"] == 1 })
	got := result[sentMessage](t, p.do(t, posted("/messages/"+m.ID+"/recall", "")))
	if got.Counts["recalled"] != 1 || len(got.Batches) != 1 || got.Batches[0].State != "recalled" {
		t.Errorf("got %+v, want it recalled", got)
	}
	if sent := p.emulator.Sent(); len(sent) != 1 || !sent[0].Recalled {
		t.Errorf("the office app has %+v, want one recalled message", sent)
	}
	a := p.do(t, posted("/messages/"+m.ID+"/cancel", ""))
	if a.status != http.StatusConflict && a.status != http.StatusPreconditionFailed && a.status != http.StatusUnprocessableEntity {
		t.Errorf("cancel of what is recalled: HTTP %d %s, want a refusal", a.status, a.body)
	}
}

// TestRecallMessageTest is what existing front ends do.
func TestRecallMessageTest(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	sent := result[struct{ Result string }](t, p.do(t, posted(base+"/sendMessageTest", `{"app":"DINGTALK","receiver":"alice","content":"oops"}`)))
	a := p.do(t, posted(base+"/recallMessageTest", `{"app":"DINGTALK","msg_task_id":"`+sent.Result+`"}`))
	if a.status != http.StatusOK || !strings.Contains(a.body, `"message":"撤回成功"`) {
		t.Errorf("got HTTP %d %s, want it recalled", a.status, a.body)
	}
	for name, body := range map[string]string{
		"unknown task": `{"app":"DINGTALK","msg_task_id":"1"}`,
		"no task":      `{"app":"DINGTALK"}`,
		"unknown app":  `{"app":"PIGEON","msg_task_id":"1"}`,
	} {
		a := p.do(t, posted(base+"/recallMessageTest", body))
		if a.status != http.StatusOK || !strings.Contains(a.body, `"success":false`) {
			t.Errorf("%s: got HTTP %d %s, want a refusal", name, a.status, a.body)
		}
	}
}

// TestScheduleOverHTTP schedules, lists, cancels, and thinks better of it.
func TestScheduleOverHTTP(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	at := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	m := result[sentMessage](t, p.do(t, posted("/messages",
		fmt.Sprintf(`{%s,"sendAt":%q,"content":{"type":"text","text":{"content":"later"}}}`, toAlice, at))))
	type list struct{ Items []sentMessage }
	found := result[list](t, p.do(t, request{path: "/messages?state=scheduled&has=scheduled&channel=work&createdBy=owner&since=2020-01-01T00:00:00Z", user: owner, tenant: here}))
	if len(found.Items) != 1 || found.Items[0].ID != m.ID {
		t.Errorf("scheduled messages: got %+v, want %s", found.Items, m.ID)
	}
	got := result[sentMessage](t, p.do(t, posted("/messages/"+m.ID+"/cancel", "")))
	if got.State != "finished" || got.Counts["cancelled"] != 1 {
		t.Errorf("got %+v, want it cancelled", got)
	}
	again := result[sentMessage](t, p.do(t, posted("/messages/"+m.ID+"/replay", `{"states":["cancelled"]}`)))
	if again.Counts["scheduled"] != 1 {
		t.Errorf("replayed before its time: got %+v, want it scheduled", again)
	}
}

// TestSendWithPicture sends a message with a picture inside of its text.
func TestSendWithPicture(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	message := `{` + toAlice + `,"content":{"type":"markdown","markdown":{"title":"日报","text":"今日\n\n![图](attachment:chart.png)"}}}`
	form := func(parts ...part) request {
		return request{
			method: http.MethodPost, path: "/messages", user: owner, tenant: here, body: formOf(parts...),
			header: http.Header{"Content-Type": {mediaFormType}},
		}
	}
	m := result[sentMessage](t, p.do(t, form(part{"message", "", message}, part{"file", "chart.png", picture})))
	if text := m.Content.Markdown.Text; !strings.Contains(text, "![图](@") {
		t.Errorf("got text %q, want a media id", text)
	}
	p.eventually(t, "it is accepted", func() bool { return p.message(t, m.ID).Counts["accepted"] == 1 })

	for name, r := range map[string]request{
		"no message":      form(part{"file", "chart.png", picture}),
		"two messages":    form(part{"message", "", message}, part{"message", "", message}),
		"no such file":    form(part{"message", "", message}),
		"unused file":     form(part{"message", "", message}, part{"a", "chart.png", picture}, part{"b", "other.png", picture}),
		"not a picture":   form(part{"message", "", message}, part{"file", "chart.png", "MZ"}),
		"a field":         form(part{"message", "", message}, part{"priority", "", "high"}),
		"broken message":  form(part{"message", "", "{"}),
		"not UTF-8":       form(part{"message", "", `{` + toAlice + `,"content":{"type":"text","text":{"content":"` + inGBK + `"}}}`}),
		"unknown in JSON": form(part{"message", "", `{"to":"alice"}`}),
	} {
		if a := p.do(t, r); a.status != http.StatusBadRequest {
			t.Errorf("%s: got HTTP %d %s, want 400", name, a.status, a.body)
		}
	}

	many := slices.Repeat([]part{{"file", "a.png", ""}}, 101)
	wantField(t, p.do(t, form(append(many, part{"read no more", "", ""})...)), "attachments")
}

// TestStatusOverHTTP changes the status bar of a notice.
func TestStatusOverHTTP(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	m := result[sentMessage](t, p.do(t, posted("/messages", `{`+toAlice+`,"content":{"type":"notice","notice":{"title":"报销单","text":"请审批","url":"https://example.com/1","status":{"text":"待审批","color":"FF9900"}}}}`)))
	p.eventually(t, "it is accepted", func() bool { return p.message(t, m.ID).Counts["accepted"] == 1 })
	if a := p.do(t, posted("/messages/"+m.ID+"/status", `{"text":"已同意","color":"00AA00"}`)); a.status != http.StatusOK {
		t.Errorf("got HTTP %d %s, want 200", a.status, a.body)
	}
	if a := p.do(t, posted("/messages/"+m.ID+"/status", `{"text":"已同意","color":"green"}`)); a.status != http.StatusBadRequest {
		t.Errorf("odd colour: got HTTP %d %s, want 400", a.status, a.body)
	}
}

// TestRobotWithoutCode: what no robot could send is not accepted.
func TestRobotWithoutCode(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	for _, to := range []string{
		`"channel":"robot",` + toAlice,
		`"channel":"group","provider":"dingtalk","recipients":{"conversationIds":["cid1"]}`,
	} {
		a := p.do(t, posted("/messages", `{`+to+`,"content":{"type":"text","text":{"content":"hello"}}}`))
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "机器人RobotCode") {
			t.Errorf("%s: got HTTP %d %s, want it refused, with where to enter the code", to, a.status, a.body)
		}
	}
}
