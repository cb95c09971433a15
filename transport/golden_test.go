package transport_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// update makes tests write their golden files instead of comparing with them.
var update = flag.Bool("update", false, "write golden files")

// volatile is what differs from run to run, and what golden files show
// instead.
var volatile = []struct {
	pattern *regexp.Regexp
	shown   string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`), "<id>"},
	{regexp.MustCompile(`"timestamp": [1-9]\d{12}`), `"timestamp": <ms>`},
	{regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"`), `"<time>"`},
	{regexp.MustCompile(`"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"`), `"<local time>"`},
	{regexp.MustCompile(`"(request_id|requestId)": "[^"]+"`), `"$1": "<request>"`},
	{regexp.MustCompile(`"nextCursor": "[^"]+"`), `"nextCursor": "<cursor>"`},
	{regexp.MustCompile(`(request |请求编号 )[A-Z0-9]{26}`), `$1<request>`},
	{regexp.MustCompile(`"(ticket|proof)": "\d+\.[^"]+"`), `"$1": "<sealed>"`},
	{regexp.MustCompile(`"(result|task_id|providerTaskId)": "?\d+"?`), `"$1": "<task>"`},
}

// golden compares an answer with testdata/<test>/<name>.golden.
func golden(t *testing.T, name string, got answer) {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "HTTP %d\n", got.status)
	for _, h := range []string{"Allow", "Content-Language", "Content-Type", "Retry-After"} {
		if v := got.header.Get(h); v != "" {
			fmt.Fprintf(&text, "%s: %s\n", h, v)
		}
	}
	text.WriteString("\n" + pretty(got.body) + "\n")
	shown := text.String()
	for _, v := range volatile {
		shown = v.pattern.ReplaceAllString(shown, v.shown)
	}
	test, _, _ := strings.Cut(t.Name(), "/")
	file := filepath.Join("testdata", test, name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(shown), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%s: %v; run the test with -update", name, err)
	}
	if shown != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, shown, want)
	}
}

func pretty(body string) string {
	var out bytes.Buffer
	if json.Indent(&out, []byte(body), "", "  ") != nil {
		return body
	}
	return strings.TrimSpace(out.String())
}

// result decodes the result of an answer.
func result[T any](t *testing.T, a answer) T {
	t.Helper()
	var e struct {
		Success bool `json:"success"`
		Result  T    `json:"result"`
	}
	if err := json.Unmarshal([]byte(a.body), &e); err != nil {
		t.Fatalf("decode %s: %v", a.body, err)
	}
	if !e.Success {
		t.Fatalf("got a failure: %s", a.body)
	}
	return e.Result
}
