package dingtalktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

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
		co, err := em.company(corpID)
		if err == nil {
			err = co.addDepartment(&d, nil) // which gives it an id
		}
		if err != nil {
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

// adminGiveCode gives a code as a page inside of DingTalk gets it.
func (em *Emulator) adminGiveCode(r *http.Request) (any, error) {
	var in struct {
		ClientID string `json:"clientId"`
		UserID   string `json:"userId"`
	}
	if err := readAdmin(r, &in); err != nil {
		return nil, err
	}
	code, err := em.InAppCode(in.ClientID, in.UserID)
	return map[string]string{"code": code}, err
}
