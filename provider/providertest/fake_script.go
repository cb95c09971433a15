package providertest

import (
	"context"
	"fmt"
	"sync"

	"github.com/thirdapp/thirdapp/provider"
)

// Op names a kind of call to a Fake.
type Op string

// The kinds of calls.
const (
	OpVerify             Op = "verify"
	OpScope              Op = "scope"
	OpDepartments        Op = "departments"
	OpPeople             Op = "people"
	OpPerson             Op = "person"
	OpCreateDepartment   Op = "create department"
	OpUpdateDepartment   Op = "update department"
	OpDeleteDepartment   Op = "delete department"
	OpCreatePerson       Op = "create person"
	OpUpdatePerson       Op = "update person"
	OpDeletePerson       Op = "delete person"
	OpCallback           Op = "callback registration"
	OpRegisterCallback   Op = "register callback"
	OpUnregisterCallback Op = "unregister callback"
	OpStream             Op = "stream"
	OpSend               Op = "send"
	OpTrack              Op = "track"
	OpRecall             Op = "recall"
	OpStatus             Op = "status"
	OpRobotSend          Op = "robot send"
	OpRobotTrack         Op = "robot track"
	OpRobotRecall        Op = "robot recall"
	OpWebhook            Op = "webhook"
	OpUpload             Op = "upload"
	OpLogin              Op = "login"
	OpSignPage           Op = "sign page"
)

// Ops returns all kinds of calls. The caller owns the slice.
func Ops() []Op {
	return []Op{
		OpVerify, OpScope, OpDepartments, OpPeople, OpPerson, OpSend, OpTrack, OpRecall, OpStatus,
		OpRobotSend, OpRobotTrack, OpRobotRecall, OpWebhook, OpUpload,
		OpLogin, OpSignPage,
		OpCreateDepartment, OpUpdateDepartment, OpDeleteDepartment, OpCreatePerson, OpUpdatePerson, OpDeletePerson,
		OpCallback, OpRegisterCallback, OpUnregisterCallback, OpStream,
	}
}

// Step says how one call goes. The zero value is an ordinary success.
type Step struct {
	// Wait makes the call wait until the channel is closed or its context is
	// done, before anything else.
	Wait <-chan struct{}
	// Err is returned instead of the result; a *provider.Error without
	// Provider and Op gets them.
	Err error
	// Done has the call take effect although Err is returned, as when the
	// answer is lost on its way, be it a yes or a no.
	Done bool
	// Then is called after the call took effect, before it returns. Calls that
	// only read have no effect.
	Then func()
}

// Script decides how the next calls of a kind go, one step each; after the last
// one they go as before.
func (f *Fake) Script(op Op, steps ...Step) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.steps[op] = append(f.steps[op], steps...)
}

// Fail makes the next n calls of a kind fail with err, without an effect.
func (f *Fake) Fail(op Op, n int, err error) {
	for range n {
		f.Script(op, Step{Err: err})
	}
}

// Break makes every call of a kind go that way until restore is called; scripts
// come first.
func (f *Fake) Break(op Op, s Step) (restore func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[op] = s
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.faults, op)
	}
}

// Hang makes every call of a kind wait until release is called; then those that
// wait go on, and later ones do not wait. Releasing twice is harmless.
func (f *Fake) Hang(op Op) (release func()) {
	wait := make(chan struct{})
	restore := f.Break(op, Step{Wait: wait})
	return sync.OnceFunc(func() {
		restore()
		close(wait)
	})
}

// Refuse makes Send and SendRobot turn a user away at once; nil lets them in
// again. An err that is Retryable is that of a user who can be sent to later.
func (f *Fake) Refuse(user provider.UserID, err *provider.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refused[user] = err
}

// Calls returns how many calls of a kind there were.
func (f *Fake) Calls(op Op) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[op]
}

// call is the beginning of every call: it counts, waits, and returns its step.
func (f *Fake) call(ctx context.Context, op Op) (Step, error) {
	f.mu.Lock()
	f.calls[op]++
	s := f.faults[op]
	if len(f.steps[op]) > 0 {
		s, f.steps[op] = f.steps[op][0], f.steps[op][1:]
	}
	f.mu.Unlock()
	if s.Wait != nil {
		select {
		case <-s.Wait:
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return s, &provider.Error{Code: provider.CodeOf(err), Provider: f.cfg.Kind, Op: string(op), Err: err}
	}
	return s, nil
}

// act makes a call that changes something, in the way of its step.
func act[T any](ctx context.Context, f *Fake, op Op, do func() (T, error)) (T, error) {
	var none T
	s, err := f.call(ctx, op)
	if err != nil {
		return none, err
	}
	if s.Err != nil && !s.Done {
		return none, f.failure(op, s.Err)
	}
	result, err := do()
	if err == nil && s.Then != nil {
		s.Then()
	}
	switch {
	case s.Err != nil:
		return none, f.failure(op, s.Err)
	case err != nil:
		return none, err
	}
	return result, nil
}

// failure completes a scripted error.
func (f *Fake) failure(op Op, err error) error {
	if e, ok := err.(*provider.Error); ok { //nolint:errorlint // a wrapped one is returned as it is
		c := *e
		if c.Provider == "" {
			c.Provider = f.cfg.Kind
		}
		if c.Op == "" {
			c.Op = string(op)
		}
		return &c
	}
	return err
}

func (f *Fake) errorf(op Op, code provider.Code, format string, args ...any) error {
	return &provider.Error{
		Code: code, Provider: f.cfg.Kind, Op: string(op), Upstream: fmt.Sprintf("E%d", code),
		UpstreamMessage: fmt.Sprintf(format, args...), RequestID: "fake-request", Unsent: true,
		Remedy: provider.Text{ZH: "检查配置", EN: "check the settings"},
	}
}
