package wire

import "encoding/json"

// listedBytes is about what an entry of a page takes.
const listedBytes = 400

// Decode decodes an answer. Pages of people are most of what is read of a
// directory, and go through a scanner that knows them; what it gives up on goes
// through encoding/json, as everything else does.
func (a *OldAnswer) Decode(body []byte) error {
	if page, ok := a.Result.(**UserPage); ok {
		if a.scan(&scanner{body: body}, page) {
			return nil
		}
		a.OldEnvelope, *page = OldEnvelope{}, nil
	}
	return json.Unmarshal(body, a)
}

// scan reads an answer with a page just as encoding/json does. It returns false
// where it cannot, and then has left something behind.
func (a *OldAnswer) scan(s *scanner, page **UserPage) bool {
	ok := s.object(func(name []byte) bool {
		if string(name) != "result" {
			return s.into(a.member(name, s.null()))
		}
		if *page != nil {
			return false // a second one adds to the first
		}
		*page = &UserPage{}
		return (*page).scan(s)
	})
	return ok && s.ended()
}

func (e *OldEnvelope) member(name []byte, null bool) json.Unmarshaler {
	switch string(name) {
	case "errcode":
		return optional(&e.ErrCode, null)
	case "errmsg":
		return &e.ErrMsg
	case "sub_code":
		return &e.SubCode
	case "sub_msg":
		return &e.SubMsg
	case "request_id":
		return &e.RequestID
	case "status":
		return &e.Status
	}
	return nil
}

func (p *UserPage) scan(s *scanner) bool {
	return s.object(func(name []byte) bool {
		switch string(name) {
		case "list":
			return p.List == nil && p.scanList(s) // a second one is laid over the first
		case "has_more":
			return s.into(optional(&p.HasMore, s.null()))
		case "next_cursor":
			return s.into(&p.NextCursor)
		}
		return s.into(nil)
	})
}

func (p *UserPage) scanList(s *scanner) bool {
	p.List = make([]ListedUser, 0, 1+len(s.body)/listedBytes)
	var u *ListedUser
	member := func(name []byte) bool { return s.into(u.member(name, s.null())) }
	return s.array(func() bool {
		p.List = append(p.List, ListedUser{})
		u = &p.List[len(p.List)-1]
		return s.object(member)
	})
}

func (u *ListedUser) member(name []byte, null bool) json.Unmarshaler {
	switch string(name) {
	case "userid":
		return &u.UserID
	case "unionid":
		return &u.UnionID
	case "name":
		return &u.Name
	case "avatar":
		return &u.Avatar
	case "state_code":
		return &u.StateCode
	case "mobile":
		return optional(&u.Mobile, null)
	case "email":
		return optional(&u.Email, null)
	case "org_email":
		return &u.OrgEmail
	case "job_number":
		return &u.JobNumber
	case "title":
		return &u.Title
	case "active":
		return &u.Active
	case "extension":
		return &u.Extension
	case "exclusive_account":
		return &u.ExclusiveAccount
	case "dept_order":
		return &u.DeptOrder
	case "leader":
		return &u.Leader
	}
	return nil
}

// optional is where a value goes whose absence is told by nil, as null is.
func optional[T any, P interface {
	*T
	json.Unmarshaler
}](at *P, null bool) json.Unmarshaler {
	switch {
	case null:
		*at = nil
		return nil
	case *at == nil:
		*at = new(T)
	}
	return *at
}
