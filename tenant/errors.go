package tenant

import (
	"errors"

	"github.com/thirdapp/thirdapp/provider"
)

// Error is how the services of this module refuse: the code decides the
// transport's status, the message is for a person in their language. What an
// office app refused is a provider.Error instead.
type Error struct {
	Code provider.Code
	// Reason is a stable name for programs, such as "app_exists".
	Reason  string
	Message provider.Text
	// Field names the input that is wrong, as the API spells it; may be empty.
	Field string
	// Details is further data for programs, encodable as JSON; may be nil.
	Details any
	// Err is the cause; may be nil. It is logged, not shown.
	Err error
}

// Refuse returns an Error with a message in Chinese and English.
func Refuse(code provider.Code, reason, zh, en string) *Error {
	return &Error{Code: code, Reason: reason, Message: provider.Text{ZH: zh, EN: en}}
}

// WithField returns a copy that names the wrong input.
func (e *Error) WithField(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// WithDetails returns a copy that carries details.
func (e *Error) WithDetails(details any) *Error {
	c := *e
	c.Details = details
	return &c
}

// WithCause returns a copy that wraps err.
func (e *Error) WithCause(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Error implements error.
func (e *Error) Error() string {
	s := e.Reason + ": " + e.Message.EN
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrorCode makes provider.CodeOf find the code.
func (e *Error) ErrorCode() provider.Code { return e.Code }

// Is reports whether target is an Error of the same reason, so that the
// sentinels of this module can be found whatever details were added.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason
}

// What stores answer; services turn them into an Error that names the thing.
var (
	// ErrNotFound: no such row in this tenant.
	ErrNotFound = errors.New("not found")
	// ErrConflict: a unique key is taken, or a version has moved on.
	ErrConflict = errors.New("conflict")
)

// ErrUnavailable is what a store answers when the database is away or busy:
// the same call can succeed later. Find it with errors.Is.
var ErrUnavailable = Refuse(provider.Unavailable, "database_unavailable",
	"数据库暂时不可用，请稍后重试", "the database is not available at the moment; try again later")

// ErrForbidden is the answer to an actor without permission.
var ErrForbidden = Refuse(provider.PermissionDenied, "forbidden",
	"没有权限，请联系管理员分配权限！", "you do not have this permission; ask an administrator of the tenant to grant it")

// ErrStronger refuses to let somebody act as a user with rights in the tenant that
// they do not have themselves: see NoStronger.
var ErrStronger = Refuse(provider.PermissionDenied, "more_rights",
	"该用户的权限高于您，请由权限不低于该用户的人绑定", "this user has rights that you do not have; somebody who has them must bind them")

// ErrNoActor is the answer to a context without an actor. Requests have one: it
// is a host that calls in process that reads it.
var ErrNoActor = Refuse(provider.Unauthenticated, "no_actor",
	"未登录；进程内调用请用tenant.WithActor或tenant.AsSystem指明操作者",
	"nobody is signed in; who calls in process says on whose behalf by tenant.WithActor, or tenant.AsSystem")
