package dingtalk_test

import (
	"errors"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

func TestRecall(t *testing.T) {
	t.Parallel()
	f := newFake().reply(recallPath, `{"errcode":0,"errmsg":"ok"}`)
	p := open(t, f)
	if err := p.Recall(t.Context(), "77"); err != nil {
		t.Fatal(err)
	}
	if body := string(f.to(recallPath)[0].body); body != `{"agent_id":310804070,"msg_task_id":77}` {
		t.Errorf("body = %s", body)
	}
	for answer, want := range map[string]provider.Code{
		`{"errcode":400002,"errmsg":"wrong ids"}`: provider.NotFound,
		`{"errcode":40056}`:                       provider.FailedPrecondition,
		`{"errcode":-1}`:                          provider.Unavailable,
	} {
		f.reply(recallPath, answer)
		if err := p.Recall(t.Context(), "77"); provider.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", answer, err, want)
		}
	}
	if err := p.Recall(t.Context(), "x"); provider.CodeOf(err) != provider.InvalidArgument {
		t.Errorf("no number: %v, want invalid_argument", err)
	}
}

func TestUpdateStatus(t *testing.T) {
	t.Parallel()
	f := newFake().reply(statusPath, `{"errcode":0,"errmsg":"ok"}`)
	p := open(t, f)
	for _, s := range []provider.Status{{Text: "已同意", Color: "78C06E"}, {Text: "已同意"}} {
		if err := p.UpdateStatus(t.Context(), "77", s); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{
		`{"agent_id":310804070,"task_id":77,"status_value":"已同意","status_bg":"0xFF78C06E"}`,
		`{"agent_id":310804070,"task_id":77,"status_value":"已同意"}`,
	} {
		if body := string(f.to(statusPath)[i].body); body != want {
			t.Errorf("body = %s, want %s", body, want)
		}
	}
	for answer, want := range map[string]provider.Code{
		`{"errcode":40035}`: provider.NotFound,
		`{"errcode":41052}`: provider.FailedPrecondition,
	} {
		f.reply(statusPath, answer)
		err := p.UpdateStatus(t.Context(), "77", provider.Status{Text: "x"})
		if e := asError(t, err); e.Code != want || (want == provider.FailedPrecondition && e.Remedy.IsZero()) {
			t.Errorf("%s: %+v, want %s", answer, e, want)
		}
	}
	n := f.count(statusPath)
	var content *provider.ContentError
	if err := p.UpdateStatus(t.Context(), "77", provider.Status{Text: "x", Color: "red"}); !errors.As(err, &content) || !asError(t, err).Unsent {
		t.Errorf("wrong colour: %v, want the field", err)
	}
	if err := p.UpdateStatus(t.Context(), "", provider.Status{Text: "x"}); provider.CodeOf(err) != provider.InvalidArgument {
		t.Errorf("no task: %v", err)
	}
	if f.count(statusPath) != n {
		t.Error("what is wrong was asked all the same")
	}
}
