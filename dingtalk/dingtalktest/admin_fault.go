package dingtalktest

import (
	"fmt"
	"net/http"
	"time"
)

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
	Kind        FaultKind         `json:"kind,omitempty"`
	Status      int               `json:"status,omitempty"`
	Code        string            `json:"code,omitempty"`
	Text        string            `json:"text,omitempty"`
	Scopes      []string          `json:"scopes,omitempty"`
	Wrapped     bool              `json:"wrapped,omitempty"`
	Delay       string            `json:"delay,omitempty"`
	AfterEffect bool              `json:"afterEffect,omitempty"`
	Mix         []adminFault      `json:"mix,omitempty"`
	Weight      int               `json:"weight,omitempty"`
	// Hits is for answers only.
	Hits int `json:"hits,omitempty"`
}

// fault returns a fault that makes sense.
func (a adminFault) fault() (Fault, error) {
	f, err := a.decode()
	if err != nil {
		return f, err
	}
	return f, f.validate()
}

func (a adminFault) decode() (Fault, error) {
	f := Fault{
		Path: a.Path, ClientID: a.ClientID, Params: a.Params,
		Skip: a.Skip, Every: a.Every, Times: a.Times, Probability: a.Probability, Seed: a.Seed,
		Kind: a.Kind, Status: a.Status, Code: a.Code, Text: a.Text, Scopes: a.Scopes, Wrapped: a.Wrapped, AfterEffect: a.AfterEffect,
		Weight: a.Weight,
	}
	if a.Delay != "" {
		d, err := time.ParseDuration(a.Delay)
		if err != nil {
			return f, fmt.Errorf("%w: delay %q; such as 1.5s", ErrInvalid, a.Delay)
		}
		f.Delay = d
	}
	for _, part := range a.Mix {
		one, err := part.decode()
		if err != nil {
			return f, err
		}
		f.Mix = append(f.Mix, one)
	}
	return f, nil
}

func showScript(s *Script) adminFault {
	shown := showFault(&s.fault)
	shown.Hits = s.Hits()
	return shown
}

func showFault(f *Fault) adminFault {
	shown := adminFault{
		Path: f.Path, ClientID: f.ClientID, Params: f.Params,
		Skip: f.Skip, Every: f.Every, Times: f.Times, Probability: f.Probability, Seed: f.Seed,
		Kind: f.Kind, Status: f.Status, Code: f.Code, Text: f.Text, Scopes: f.Scopes, Wrapped: f.Wrapped, AfterEffect: f.AfterEffect,
		Weight: f.Weight,
	}
	for i := range f.Mix {
		shown.Mix = append(shown.Mix, showFault(&f.Mix[i]))
	}
	if f.Delay > 0 {
		shown.Delay = f.Delay.String()
	}
	return shown
}

func (em *Emulator) adminFaults(*http.Request) (any, error) {
	faults := []adminFault{}
	for _, s := range em.faults.list() {
		faults = append(faults, showScript(s))
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
	return showScript(em.Fail(f)), nil
}

func (em *Emulator) adminClearFaults(*http.Request) (any, error) {
	em.Clear()
	return map[string]any{"faults": []adminFault{}}, nil
}
