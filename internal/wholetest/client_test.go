package wholetest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/tenant"
)

// request is one call of the API; zero fields are left out.
type request struct {
	// method is GET when empty.
	method, path string
	// user is whose token is sent.
	user   string
	tenant tenant.ID
	// body is sent as it is when it is a string, else as JSON.
	body any
	// header has name and value in turn.
	header []string
}

// in returns the same request of somebody who reads another language.
func (r request) in(language string) request {
	r.header = append([]string{"Accept-Language", language}, r.header...)
	return r
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	envelope
}

// envelope is the form of every answer.
type envelope struct {
	Success bool            `json:"success"`
	Message string          `json:"message"`
	Code    int             `json:"code"`
	Result  json.RawMessage `json:"result"`
	Error   errorBody       `json:"error"`
}

// errorBody is why something failed, in an answer, a run or a delivery.
type errorBody struct {
	Message    string          `json:"message"`
	Code       string          `json:"code"`
	Reason     string          `json:"reason"`
	Provider   string          `json:"provider"`
	Upstream   string          `json:"upstream"`
	RetryAfter int             `json:"retryAfter"`
	Remedy     string          `json:"remedy"`
	Field      string          `json:"field"`
	Details    json.RawMessage `json:"details"`
}

type runBody struct {
	ID       string         `json:"id"`
	State    string         `json:"state"`
	Complete bool           `json:"complete"`
	Counts   map[string]int `json:"counts"`
	Progress struct {
		DepartmentsFailed, PeopleRead, ChangesApplied, ChangesFailed int
	} `json:"progress"`
	Error    *errorBody `json:"error"`
	Failures []struct {
		DepartmentID string `json:"departmentId"`
		Name         string `json:"name"`
		errorBody
	} `json:"failures"`
}

type changeBody struct {
	Entity   string `json:"entity"`
	Kind     string `json:"kind"`
	RemoteID string `json:"remoteId"`
	Account  string `json:"account"`
	Name     string `json:"name"`
	State    string `json:"state"`
	Reason   string `json:"reason"`
}

type messageBody struct {
	ID     string         `json:"id"`
	State  string         `json:"state"`
	Counts map[string]int `json:"counts"`
}

type deliveryBody struct {
	State     string `json:"state"`
	Recipient struct {
		Username       string `json:"username"`
		ProviderUserID string `json:"providerUserId"`
	} `json:"recipient"`
	Attempts int        `json:"attempts"`
	Error    *errorBody `json:"error"`
}

type syncInfo struct {
	SuccessInfo []string `json:"successInfo"`
	FailInfo    []string `json:"failInfo"`
}

// ask makes a call. That there is no answer in time is fatal.
func (h *host) ask(tb testing.TB, r request) answer {
	tb.Helper()
	a, err := h.call(tb, r)
	check(tb, err)
	return a
}

// call makes a call, and keeps all that comes back. It may be used by any
// goroutine.
func (h *host) call(tb testing.TB, r request) (answer, error) {
	tb.Helper()
	body, err := encoded(r.body)
	if err != nil {
		return answer{}, err
	}
	if r.method == "" {
		r.method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(tb.Context(), r.method, h.url+r.path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if r.user != "" {
		req.Header.Set("X-Access-Token", h.tokens[r.user])
	}
	if r.tenant != "" {
		req.Header.Set("X-Tenant-Id", string(r.tenant))
	}
	for i := 0; i+1 < len(r.header); i += 2 {
		req.Header.Add(r.header[i], r.header[i+1])
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	a := answer{status: resp.StatusCode, header: resp.Header}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		return answer{}, err
	}
	_, _ = fmt.Fprintf(h.answers, "HTTP %d\n%v\n%s\n", a.status, a.header, a.body)
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream") {
		return a, nil
	}
	if err := json.Unmarshal(a.body, &a.envelope); err != nil {
		return a, fmt.Errorf("%s %s answered HTTP %d %q: %w", r.method, r.path, a.status, a.body, err)
	}
	return a, nil
}

func encoded(body any) ([]byte, error) {
	switch b := body.(type) {
	case nil:
		return nil, nil
	case string:
		return []byte(b), nil
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(body)
	return out.Bytes(), err
}

// result decodes what an answer brings. A failure is fatal.
func result[T any](tb testing.TB, a answer) T {
	tb.Helper()
	v, err := resultOf[T](a)
	check(tb, err)
	return v
}

func resultOf[T any](a answer) (v T, err error) {
	if !a.Success {
		return v, fmt.Errorf("a failure: HTTP %d %s", a.status, a.body)
	}
	if len(a.Result) == 0 {
		return v, errors.New("an answer without result")
	}
	return v, json.Unmarshal(a.Result, &v)
}

// all reads every page of a list.
func all[T any](tb testing.TB, h *host, r request) []T {
	tb.Helper()
	var list []T
	path := r.path
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	for cursor := ""; ; {
		r.path = path + separator + "limit=200&cursor=" + cursor
		p := result[struct {
			Items      []T    `json:"items"`
			NextCursor string `json:"nextCursor"`
		}](tb, h.ask(tb, r))
		list = append(list, p.Items...)
		if cursor = p.NextCursor; cursor == "" {
			return list
		}
	}
}

// changes returns the changes of a run.
func (h *host) changes(tb testing.TB, run, filter string) []changeBody {
	tb.Helper()
	return all[changeBody](tb, h, request{path: "/sync/runs/" + run + "/changes" + filter, user: owner, tenant: here})
}

// deliveries returns the deliveries of a message.
func (h *host) deliveries(tb testing.TB, message string) []deliveryBody {
	tb.Helper()
	return all[deliveryBody](tb, h, request{path: "/messages/" + message + "/deliveries", user: owner, tenant: here})
}

// text is a message to people of the office app.
func text(content string, users ...string) map[string]any {
	return map[string]any{
		"provider": "dingtalk", "recipients": map[string]any{"providerUserIds": users},
		"content": map[string]any{"type": "text", "text": map[string]any{"content": content}},
	}
}

// send asks for a message and returns the answer.
func (h *host) send(tb testing.TB, body any, header ...string) answer {
	tb.Helper()
	return h.ask(tb, request{method: http.MethodPost, path: "/messages", user: owner, tenant: here, body: body, header: header})
}

// awaitMessage waits until nothing will change about a message any more.
func (h *host) awaitMessage(tb testing.TB, id string) messageBody {
	tb.Helper()
	var m messageBody
	await(tb, func() bool {
		a := h.ask(tb, request{path: "/messages/" + id, user: owner, tenant: here})
		if a.status == http.StatusServiceUnavailable {
			return false
		}
		m = result[messageBody](tb, a)
		return m.State == "finished"
	})
	return m
}

// decode reads JSON.
func decode[T any](tb testing.TB, raw json.RawMessage) (v T) {
	tb.Helper()
	check(tb, json.Unmarshal(raw, &v))
	return v
}
