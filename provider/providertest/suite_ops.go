package providertest

import (
	"context"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// op is a call that every subject with the ability can make.
type op struct {
	name string
	call func(ctx context.Context) error
	// may are the codes with which it may end although nothing is wrong.
	may []provider.Code
}

// fine reports whether the call may end so when nothing is wrong.
func (o op) fine(err error) bool { return err == nil || slices.Contains(o.may, provider.CodeOf(err)) }

// ops returns one call of each ability.
func (s subject) ops(tb testing.TB, p provider.Provider) []op {
	tb.Helper()
	return slices.Concat(
		s.readingOps(p), s.writingOps(p), s.sendingOps(tb, p), s.afterwardsOps(p), s.uploadOps(p), s.loginOps(p),
	)
}

func (s subject) readingOps(p provider.Provider) []op {
	var list []op
	if v, err := provider.As[provider.Verifier](p); err == nil {
		list = append(list, op{name: "Verify", call: func(ctx context.Context) error { _, err := v.Verify(ctx); return err }})
	}
	if r, err := provider.As[provider.DirectoryReader](p); err == nil {
		top := s.Company.children("")[0].ID
		list = append(list,
			op{name: "Scope", call: func(ctx context.Context) error { _, err := r.Scope(ctx); return err }},
			op{name: "Departments", call: func(ctx context.Context) error { _, err := r.Departments(ctx, top, ""); return err }},
			op{name: "People", call: func(ctx context.Context) error { _, err := r.People(ctx, top, ""); return err }})
	}
	if f, err := provider.As[provider.DepartmentFinder](p); err == nil {
		id := s.Company.Departments[0].ID
		list = append(list, op{name: "DepartmentByID", call: func(ctx context.Context) error { _, err := f.DepartmentByID(ctx, id); return err }})
	}
	if r, err := provider.As[provider.CallbackRegistrar](p); err == nil {
		list = append(list,
			op{name: "CallbackRegistration", call: func(ctx context.Context) error { _, err := r.CallbackRegistration(ctx); return err }},
			op{name: "UnregisterCallback", call: r.UnregisterCallback})
	}
	if f, err := provider.As[provider.PersonFinder](p); err == nil {
		id := s.Company.People[0].UserID
		list = append(list, op{name: "PersonByID", call: func(ctx context.Context) error { _, err := f.PersonByID(ctx, id); return err }})
	}
	return list
}

// writingOps leave the company's own people where they are.
func (s subject) writingOps(p provider.Provider) []op {
	w, err := provider.As[provider.DirectoryWriter](p)
	if err != nil {
		return nil
	}
	top, somebody := s.Company.children("")[0].ID, s.Company.People[0]
	lower, _ := s.Company.below(top)
	taken, gone := []provider.Code{provider.AlreadyExists}, []provider.Code{provider.NotFound}
	return []op{
		{name: "CreateDepartment", may: taken, call: func(ctx context.Context) error {
			_, err := w.CreateDepartment(ctx, provider.DepartmentWrite{Name: to("任意部门"), ParentID: &top})
			return err
		}},
		{name: "UpdateDepartment", call: func(ctx context.Context) error {
			return w.UpdateDepartment(ctx, lower.ID, provider.DepartmentWrite{Name: &lower.Name})
		}},
		{name: "DeleteDepartment", may: gone, call: func(ctx context.Context) error { return w.DeleteDepartment(ctx, "987654321") }},
		{name: "CreatePerson", may: taken, call: func(ctx context.Context) error {
			_, err := w.CreatePerson(ctx, s.newPerson(top))
			return err
		}},
		{name: "UpdatePerson", call: func(ctx context.Context) error {
			return w.UpdatePerson(ctx, somebody.UserID, provider.PersonWrite{Name: &somebody.Name})
		}},
		{name: "DeletePerson", may: gone, call: func(ctx context.Context) error { return w.DeletePerson(ctx, "no-such-person") }},
	}
}

func (s subject) sendingOps(tb testing.TB, p provider.Provider) []op {
	tb.Helper()
	var list []op
	users := []provider.UserID{s.Company.People[0].UserID}
	if m, err := provider.As[provider.MessageSender](p); err == nil {
		rendered := render(tb, m, "any")
		list = append(list, op{name: "Send", call: func(ctx context.Context) error {
			_, err := m.Send(ctx, provider.Audience{Users: users}, rendered, "")
			return err
		}})
	}
	if r, err := provider.As[provider.RobotSender](p); err == nil {
		rendered, err := r.RenderRobot(provider.NewText("any"))
		if err != nil {
			tb.Fatalf("RenderRobot: %v", err)
		}
		list = append(list, op{name: "SendRobot", call: func(ctx context.Context) error {
			_, err := r.SendRobot(ctx, provider.RobotAudience{Users: users}, rendered, "")
			return err
		}})
	}
	return list
}

// afterwardsOps are about a message that does not exist.
func (s subject) afterwardsOps(p provider.Provider) []op {
	var list []op
	add := func(name string, may []provider.Code, call func(ctx context.Context) error) {
		list = append(list, op{name: name, call: call, may: may})
	}
	gone, req := []provider.Code{provider.NotFound}, provider.TrackRequest{TaskID: "1", Recipients: 1}
	if t, err := provider.As[provider.MessageTracker](p); err == nil {
		add("Track", gone, func(ctx context.Context) error { _, err := t.Track(ctx, req); return err })
	}
	if r, err := provider.As[provider.MessageRecaller](p); err == nil {
		add("Recall", gone, func(ctx context.Context) error { return r.Recall(ctx, req.TaskID) })
	}
	if u, err := provider.As[provider.StatusUpdater](p); err == nil {
		add("UpdateStatus", noStatus(), func(ctx context.Context) error {
			return u.UpdateStatus(ctx, req.TaskID, provider.Status{Text: "x"})
		})
	}
	if t, err := provider.As[provider.RobotTracker](p); err == nil {
		add("TrackRobot", gone, func(ctx context.Context) error { _, err := t.TrackRobot(ctx, req); return err })
	}
	if r, err := provider.As[provider.RobotRecaller](p); err == nil {
		add("RecallRobot", gone, func(ctx context.Context) error { return r.RecallRobot(ctx, "", req.TaskID) })
	}
	return list
}

func (s subject) uploadOps(p provider.Provider) []op {
	u, err := provider.As[provider.MediaUploader](p)
	if err != nil || len(p.Limits().Media) == 0 {
		return nil
	}
	kind := provider.MediaFile
	for k := range p.Limits().Media {
		kind = min(kind, k)
	}
	return []op{{name: "Upload", call: func(ctx context.Context) error {
		_, err := u.Upload(ctx, s.sample(kind))
		return err
	}}}
}

// loginOps redeem a code that nobody has got.
func (s subject) loginOps(p provider.Provider) []op {
	var list []op
	unknown := []provider.Code{provider.Unauthenticated}
	if l, err := provider.As[provider.LoginFlow](p); err == nil {
		code := provider.NewSecret("no-such-code")
		list = append(list,
			op{name: "InAppIdentity", may: unknown, call: func(ctx context.Context) error {
				_, err := l.InAppIdentity(ctx, code)
				return err
			}},
			op{name: "BrowserIdentity", may: unknown, call: func(ctx context.Context) error {
				_, err := l.BrowserIdentity(ctx, provider.BrowserCode{Code: code, RedirectURL: loginRedirect})
				return err
			}})
	}
	if g, err := provider.As[provider.PageSigner](p); err == nil {
		list = append(list, op{name: "SignPage", call: func(ctx context.Context) error {
			_, err := g.SignPage(ctx, "https://app.example.com/")
			return err
		}})
	}
	return list
}

func opNames(tb testing.TB, newHarness func(testing.TB) Harness) []string {
	tb.Helper()
	s := newSubject(tb, newHarness)
	var names []string
	for _, o := range s.ops(tb, s.Provider) {
		names = append(names, o.name)
	}
	return names
}

func (s subject) opNamed(tb testing.TB, name string) op {
	tb.Helper()
	ops := s.ops(tb, s.Provider)
	return ops[slices.IndexFunc(ops, func(o op) bool { return o.name == name })]
}
