package dingtalktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// adminPrefix is where the administration API lives; DingTalk has no such path.
const adminPrefix = "/_emulator/"

// adminMux returns the administration API. Its paths and bodies are described
// in examples/emulator/README.md.
func (em *Emulator) adminMux() *http.ServeMux {
	mux := http.NewServeMux()
	serve := func(pattern string, f func(*http.Request) (any, error)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+adminPrefix+path, func(w http.ResponseWriter, r *http.Request) {
			result, err := f(r)
			writeAdmin(w, result, err)
		})
	}
	serve("GET state", em.adminState)
	serve("GET calls", em.adminCalls)
	serve("GET sent", em.adminSent)
	serve("GET people", em.adminPeople)
	serve("POST people", em.adminChangePerson)
	serve("GET departments", em.adminDepartments)
	serve("POST departments", em.adminChangeDepartment)
	serve("GET faults", em.adminFaults)
	serve("POST faults", em.adminAddFault)
	serve("DELETE faults", em.adminClearFaults)
	serve("POST read", em.adminRead)
	serve("POST tokens/expire", em.adminExpireTokens)
	serve("POST reset", em.adminReset)
	return mux
}

func writeAdmin(w http.ResponseWriter, result any, err error) {
	status := http.StatusOK
	switch {
	case err == nil:
	case errors.Is(err, ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, ErrExists):
		status = http.StatusConflict
	default:
		status = http.StatusBadRequest
	}
	if err != nil {
		result = map[string]string{"error": err.Error()}
	}
	body, err := json.Marshal(result)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(append(body, '\n')) //nolint:errcheck // a client that went away hears no complaint
}

// readAdmin decodes a request's body, which must be JSON: a page in somebody's
// browser cannot send that to another host without being allowed to.
func readAdmin(r *http.Request, into any) error {
	if media, _ := contentTypeOf(r.Header.Get("Content-Type")); media != "application/json" {
		return fmt.Errorf("%w: Content-Type must be application/json", ErrInvalid)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return fmt.Errorf("%w: body: %w", ErrInvalid, err)
	}
	return decodeStrictly(body, into)
}

func decodeStrictly(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: body: %w", ErrInvalid, err)
	}
	return nil
}

// adminCompany returns the company a request names, or the only one.
func (em *Emulator) adminCompany(corpID string) (string, error) {
	if ids := em.CorpIDs(); corpID == "" && len(ids) == 1 {
		return ids[0], nil
	}
	_, err := em.company(corpID)
	return corpID, err
}

const defaultAdminLimit = 100

// newest keeps as many elements from the end as the request's limit allows.
func newest[T any](r *http.Request, all []T) ([]T, error) {
	limit, err := adminLimit(r)
	if err != nil {
		return nil, err
	}
	return all[max(0, len(all)-limit):], nil
}

func adminLimit(r *http.Request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return defaultAdminLimit, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%w: limit %q; at least 1", ErrInvalid, text)
	}
	return n, nil
}

type adminCompanyState struct {
	CorpID      string `json:"corpId"`
	Name        string `json:"name"`
	People      int    `json:"people"`
	Departments int    `json:"departments"`
	Apps        []App  `json:"apps"`
}

func (em *Emulator) adminState(*http.Request) (any, error) {
	companies := []adminCompanyState{}
	for _, id := range em.CorpIDs() {
		co, err := em.company(id)
		if err != nil {
			return nil, err
		}
		companies = append(companies, adminCompanyState{
			CorpID: id, Name: co.name, People: co.directory.count(false),
			Departments: len(em.Departments(id)), Apps: em.Apps(id),
		})
	}
	return map[string]any{"companies": companies}, nil
}

func (em *Emulator) adminCalls(r *http.Request) (any, error) {
	calls, err := newest(r, em.Calls())
	return map[string]any{"total": em.CallCount(""), "calls": calls}, err
}

func (em *Emulator) adminSent(r *http.Request) (any, error) {
	all := em.Sent()
	messages, err := newest(r, all)
	return map[string]any{"total": len(all), "messages": messages}, err
}

func (em *Emulator) adminPeople(r *http.Request) (any, error) {
	id, err := em.adminCompany(r.URL.Query().Get("corpId"))
	if err != nil {
		return nil, err
	}
	limit, err := adminLimit(r)
	if err != nil {
		return nil, err
	}
	people := []Person{}
	for p := range em.People(id) {
		if len(people) == limit {
			break
		}
		people = append(people, p)
	}
	return map[string]any{"people": people}, nil
}

func (em *Emulator) adminDepartments(r *http.Request) (any, error) {
	id, err := em.adminCompany(r.URL.Query().Get("corpId"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"departments": em.Departments(id)}, nil
}

// adminChangePerson: action is join, leave or change.
func (em *Emulator) adminChangePerson(r *http.Request) (any, error) {
	var req struct {
		CorpID string          `json:"corpId"`
		Action string          `json:"action"`
		UserID string          `json:"userId"`
		Person json.RawMessage `json:"person"`
	}
	if err := readAdmin(r, &req); err != nil {
		return nil, err
	}
	corpID, err := em.adminCompany(req.CorpID)
	if err != nil {
		return nil, err
	}
	switch req.Action {
	case "join":
		var p Person
		if err := decodeStrictly(req.Person, &p); err != nil {
			return nil, err
		}
		if err := em.AddPerson(corpID, p); err != nil {
			return nil, err
		}
		return em.Person(corpID, p.UserID)
	case "change":
		var bad error
		err := em.UpdatePerson(corpID, req.UserID, func(p *Person) { bad = merge(p, req.Person) })
		if err := errors.Join(bad, err); err != nil {
			return nil, err
		}
		return em.Person(corpID, req.UserID)
	case "leave":
		return map[string]string{"userId": req.UserID}, em.RemovePerson(corpID, req.UserID)
	}
	return nil, fmt.Errorf("%w: action %q; join, leave or change", ErrInvalid, req.Action)
}

// adminChangeDepartment: action is create, change or remove.
func (em *Emulator) adminChangeDepartment(r *http.Request) (any, error) {
	var req struct {
		CorpID     string          `json:"corpId"`
		Action     string          `json:"action"`
		ID         int64           `json:"id"`
		Department json.RawMessage `json:"department"`
	}
	if err := readAdmin(r, &req); err != nil {
		return nil, err
	}
	corpID, err := em.adminCompany(req.CorpID)
	if err != nil {
		return nil, err
	}
	switch req.Action {
	case "create":
		var d Department
		if err := decodeStrictly(req.Department, &d); err != nil {
			return nil, err
		}
		if err := em.AddDepartment(corpID, d); err != nil {
			return nil, err
		}
		return em.Department(corpID, d.ID)
	case "change":
		var bad error
		err := em.UpdateDepartment(corpID, req.ID, func(d *Department) { bad = merge(d, req.Department) })
		if err := errors.Join(bad, err); err != nil {
			return nil, err
		}
		return em.Department(corpID, req.ID)
	case "remove":
		return map[string]int64{"id": req.ID}, em.RemoveDepartment(corpID, req.ID)
	}
	return nil, fmt.Errorf("%w: action %q; create, change or remove", ErrInvalid, req.Action)
}

// merge replaces the fields of v that patch has, null standing for the zero
// value. v stays as it is when the outcome would make no sense.
func merge[T any](v *T, patch json.RawMessage) error {
	now, err := json.Marshal(v)
	if err != nil {
		return err
	}
	fields := make(map[string]json.RawMessage)
	if err := errors.Join(json.Unmarshal(now, &fields), decodeStrictly(patch, &fields)); err != nil {
		return err
	}
	then, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	var changed T
	if err := decodeStrictly(then, &changed); err != nil {
		return err
	}
	*v = changed
	return nil
}

// adminFault is a Fault in JSON; Delay is a duration such as "1.5s".
type adminFault struct {
	Path        string            `json:"path,omitempty"`
	ClientID    string            `json:"clientId,omitempty"`
	Params      map[string]string `json:"params,omitempty"`
	Skip        int               `json:"skip,omitempty"`
	Every       int               `json:"every,omitempty"`
	Times       int               `json:"times,omitempty"`
	Probability float64           `json:"probability,omitempty"`
	Seed        uint64            `json:"seed,omitempty"`
	Kind        FaultKind         `json:"kind"`
	Status      int               `json:"status,omitempty"`
	Code        string            `json:"code,omitempty"`
	Text        string            `json:"text,omitempty"`
	Scopes      []string          `json:"scopes,omitempty"`
	Wrapped     bool              `json:"wrapped,omitempty"`
	Delay       string            `json:"delay,omitempty"`
	AfterEffect bool              `json:"afterEffect,omitempty"`
	// Hits is for answers only.
	Hits int `json:"hits,omitempty"`
}

func (a adminFault) fault() (Fault, error) {
	f := Fault{
		Path: a.Path, ClientID: a.ClientID, Params: a.Params,
		Skip: a.Skip, Every: a.Every, Times: a.Times, Probability: a.Probability, Seed: a.Seed,
		Kind: a.Kind, Status: a.Status, Code: a.Code, Text: a.Text, Scopes: a.Scopes, Wrapped: a.Wrapped, AfterEffect: a.AfterEffect,
	}
	if a.Delay != "" {
		d, err := time.ParseDuration(a.Delay)
		if err != nil {
			return f, fmt.Errorf("%w: delay %q; such as 1.5s", ErrInvalid, a.Delay)
		}
		f.Delay = d
	}
	return f, f.validate()
}

func showFault(s *Script) adminFault {
	f := s.fault
	shown := adminFault{
		Path: f.Path, ClientID: f.ClientID, Params: f.Params,
		Skip: f.Skip, Every: f.Every, Times: f.Times, Probability: f.Probability, Seed: f.Seed,
		Kind: f.Kind, Status: f.Status, Code: f.Code, Text: f.Text, Scopes: f.Scopes, Wrapped: f.Wrapped, AfterEffect: f.AfterEffect,
		Hits: s.Hits(),
	}
	if f.Delay > 0 {
		shown.Delay = f.Delay.String()
	}
	return shown
}

func (em *Emulator) adminFaults(*http.Request) (any, error) {
	faults := []adminFault{}
	for _, s := range em.faults.list() {
		faults = append(faults, showFault(s))
	}
	return map[string]any{"faults": faults}, nil
}

func (em *Emulator) adminAddFault(r *http.Request) (any, error) {
	var req adminFault
	if err := readAdmin(r, &req); err != nil {
		return nil, err
	}
	f, err := req.fault()
	if err != nil {
		return nil, err
	}
	return showFault(em.Fail(f)), nil
}

func (em *Emulator) adminClearFaults(*http.Request) (any, error) {
	em.Clear()
	return map[string]any{"faults": []adminFault{}}, nil
}

// adminRead lets one person read a message, or everybody without a user id.
func (em *Emulator) adminRead(r *http.Request) (any, error) {
	var req struct {
		TaskID int64  `json:"taskId"`
		UserID string `json:"userId"`
	}
	if err := readAdmin(r, &req); err != nil {
		return nil, err
	}
	if req.UserID == "" {
		return req, em.ReadAll(req.TaskID)
	}
	return req, em.Read(req.UserID, req.TaskID)
}

func (em *Emulator) adminExpireTokens(*http.Request) (any, error) {
	em.ExpireTokens()
	return map[string]bool{"expired": true}, nil
}

func (em *Emulator) adminReset(*http.Request) (any, error) {
	em.Reset()
	return map[string]bool{"reset": true}, nil
}
