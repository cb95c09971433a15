package wire_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
)

type values struct {
	Int  wire.Int
	Bool wire.Bool
	Text wire.Text
	Ints wire.Ints
}

func TestLenient(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]values{
		`{"int":7,"bool":true,"text":"a","ints":[1,2]}`:                         {7, true, "a", wire.Ints{1, 2}},
		`{"int":"7","bool":"true","text":60011,"ints":"[1,\"2\"]"}`:             {7, true, "60011", wire.Ints{1, 2}},
		`{"int":-1,"bool":1,"text":{"a":1},"ints":["3"]}`:                       {-1, true, `{"a":1}`, wire.Ints{3}},
		`{"int":null,"bool":null,"text":null,"ints":null}`:                      {},
		`{"int":"","bool":"","text":"","ints":""}`:                              {},
		`{"int":9007199254740993,"bool":"0","text":"\u4e2d\"\\n","ints":"[ ]"}`: {9007199254740993, false, "中\"\\n", wire.Ints{}},
	} {
		var got values
		if err := json.Unmarshal([]byte(body), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %+v, %v; want %+v", body, got, err, want)
		}
	}
}

func TestLenientHasLimits(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"int":1.5}`, `{"int":"x"}`, `{"int":[1]}`, `{"int":99999999999999999999}`,
		`{"bool":"maybe"}`, `{"bool":2}`, `{"ints":"1,2"}`, `{"ints":7}`, `{"ints":["x"]}`,
	} {
		var got values
		if err := json.Unmarshal([]byte(body), &got); err == nil {
			t.Errorf("%s = %+v, want an error", body, got)
		}
	}
}

func TestInvalidUTF8IsReplaced(t *testing.T) {
	t.Parallel()
	var got wire.Text
	if err := json.Unmarshal([]byte("\"a\xffb\""), &got); err != nil || got != "a\uFFFDb" {
		t.Errorf("Text = %q, %v", got, err)
	}
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	deep := `{"errcode":88,"sub_code":88,"sub_msg":"x"}`
	for range 6 {
		quoted, err := json.Marshal(deep)
		if err != nil {
			t.Fatal(err)
		}
		deep = `{"errcode":88,"sub_code":88,"sub_msg":` + string(quoted) + `}`
	}
	for body, want := range map[string][2]string{
		`{"errcode":0,"errmsg":"ok"}`:                                                {"0", "ok"},
		`{"errcode":60121,"errmsg":"no","sub_code":"1"}`:                             {"60121", "no"},
		`{"errcode":88,"errmsg":"e","sub_code":"60011","sub_msg":"s"}`:               {"60011", "s"},
		`{"errcode":"88","errmsg":"e","sub_code":"","sub_msg":"s"}`:                  {"88", "e"},
		`{"errcode":88,"sub_code":"88","sub_msg":"s"}`:                               {"88", "s"},
		`{"errcode":88,"sub_code":"88","sub_msg":"{\"errcode\":1}"}`:                 {"1", ""},
		`{"errcode":88,"sub_code":"60011","sub_msg":"{\"errcode\":1}"}`:              {"60011", `{"errcode":1}`},
		`{"errcode":15,"errmsg":"e","sub_code":"isp.top-remote-connection-timeout"}`: {"15", "e"},
	} {
		var e wire.OldEnvelope
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if code, message := e.Refusal(); code != want[0] || message != want[1] {
			t.Errorf("%s = %q, %q; want %q", body, code, message, want)
		}
	}
	var e wire.OldEnvelope
	if err := json.Unmarshal([]byte(deep), &e); err != nil {
		t.Fatal(err)
	}
	if code, _ := e.Refusal(); code != "88" {
		t.Errorf("endless wrapping gives %q, want 88", code)
	}
}

func FuzzLenient(f *testing.F) {
	f.Add([]byte(`{"int":"7","bool":"true","text":60011,"ints":"[1,2]"}`))
	f.Add([]byte(`{"int":1e3,"bool":0,"text":"\ud800","ints":[[]]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var v values
		if json.Unmarshal(body, &v) != nil {
			return
		}
		var again values
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &again); err != nil || again.Int != v.Int || again.Bool != v.Bool || again.Text != v.Text {
			t.Errorf("%s became %+v, %v; want %+v", b, again, err, v)
		}
	})
}
