package dingtalktest

import (
	"fmt"
	"net/http"
	"time"
)

func (em *Emulator) adminEvents(r *http.Request) (any, error) {
	id, err := em.adminCompany(r.URL.Query().Get("corpId"))
	if err != nil {
		return nil, err
	}
	events, err := newest(r, em.Events(id))
	if events == nil {
		events = []Event{}
	}
	pending := 0
	for _, a := range em.Apps(id) {
		pending += em.EventsPending(a.ClientID)
	}
	return map[string]any{"events": events, "pending": pending}, err
}

func (em *Emulator) adminTell(r *http.Request) (any, error) {
	var req struct {
		CorpID        string   `json:"corpId"`
		ID            string   `json:"id"`
		Type          string   `json:"type"`
		UserIDs       []string `json:"userIds"`
		DepartmentIDs []int64  `json:"departmentIds"`
	}
	if err := readAdmin(r, &req); err != nil {
		return nil, err
	}
	corpID, err := em.adminCompany(req.CorpID)
	if err != nil {
		return nil, err
	}
	e := Event{ID: req.ID, Type: req.Type, UserIDs: req.UserIDs, DepartmentIDs: req.DepartmentIDs}
	return map[string]string{"type": req.Type}, em.Tell(corpID, e)
}

// adminSetCallback enters an address in the console; without one it takes it
// out.
func (em *Emulator) adminSetCallback(r *http.Request) (any, error) {
	var req struct {
		ClientID string    `json:"clientId"`
		Callback *Callback `json:"callback"`
	}
	if err := readAdmin(r, &req); err != nil {
		return nil, err
	}
	if err := em.SetCallback(req.ClientID, req.Callback); err != nil {
		return nil, err
	}
	return map[string]any{"clientId": req.ClientID, "callback": req.Callback}, nil
}

// adminStreams: action is on or off, which choose Stream mode in the console;
// ping, disconnect or cut, which are done to the connections there are.
func (em *Emulator) adminStreams(r *http.Request) (any, error) {
	var req struct {
		ClientID string `json:"clientId"`
		Action   string `json:"action"`
	}
	if err := readAdmin(r, &req); err != nil {
		return nil, err
	}
	result := map[string]any{"clientId": req.ClientID, "connections": em.StreamConnections(req.ClientID)}
	switch req.Action {
	case "on", "off":
		return result, em.UpdateApp(req.ClientID, func(a *App) { a.Stream = req.Action == "on" })
	case "ping":
		result["echoes"] = em.PingStreams(req.ClientID)
	case "disconnect":
		em.DisconnectStreams(req.ClientID)
	case "cut":
		em.CutStreams(req.ClientID)
	default:
		return nil, fmt.Errorf("%w: action %q; on, off, ping, disconnect or cut", ErrInvalid, req.Action)
	}
	return result, nil
}

// adminEventFault is an EventFault in JSON; Delay is a duration such as "1.5s".
type adminEventFault struct {
	Kind        EventFaultKind `json:"kind"`
	Type        string         `json:"type,omitempty"`
	ClientID    string         `json:"clientId,omitempty"`
	Skip        int            `json:"skip,omitempty"`
	Every       int            `json:"every,omitempty"`
	Times       int            `json:"times,omitempty"`
	Probability float64        `json:"probability,omitempty"`
	Seed        uint64         `json:"seed,omitempty"`
	Delay       string         `json:"delay,omitempty"`
	// Hits is for answers only.
	Hits int `json:"hits,omitempty"`
}

func showEventScript(s *EventScript) adminEventFault {
	f := s.fault
	shown := adminEventFault{
		Kind: f.Kind, Type: f.Type, ClientID: f.ClientID, Skip: f.Skip, Every: f.Every, Times: f.Times,
		Probability: f.Probability, Seed: f.Seed, Hits: s.Hits(),
	}
	if f.Delay > 0 {
		shown.Delay = f.Delay.String()
	}
	return shown
}

func (em *Emulator) adminEventFaults(*http.Request) (any, error) {
	faults := []adminEventFault{}
	for _, s := range em.eventFaults.list() {
		faults = append(faults, showEventScript(s))
	}
	return map[string]any{"faults": faults}, nil
}

func (em *Emulator) adminAddEventFault(r *http.Request) (any, error) {
	var req adminEventFault
	if err := readAdmin(r, &req); err != nil {
		return nil, err
	}
	f := EventFault{
		Kind: req.Kind, Type: req.Type, ClientID: req.ClientID, Skip: req.Skip, Every: req.Every, Times: req.Times,
		Probability: req.Probability, Seed: req.Seed,
	}
	if req.Delay != "" {
		d, err := time.ParseDuration(req.Delay)
		if err != nil {
			return nil, fmt.Errorf("%w: delay %q; such as 1.5s", ErrInvalid, req.Delay)
		}
		f.Delay = d
	}
	if err := f.validate(); err != nil {
		return nil, err
	}
	return showEventScript(em.FailEvents(f)), nil
}

func (em *Emulator) adminClearEventFaults(*http.Request) (any, error) {
	em.eventFaults.clear()
	return map[string]any{"faults": []adminEventFault{}}, nil
}
