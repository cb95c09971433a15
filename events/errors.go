package events

import (
	"errors"
	"fmt"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The refusals of this package; find them with errors.Is, which goes by the
// reason.
var (
	// ErrNotFound: the tenant has no such subscription.
	ErrNotFound = tenant.Refuse(provider.NotFound, "subscription_not_found",
		"订阅不存在", "no such subscription in this tenant")
	// ErrTooMany: the tenant has MaxSubscriptions.
	ErrTooMany = tenant.Refuse(provider.FailedPrecondition, "too_many_subscriptions",
		fmt.Sprintf("每个租户最多%d个订阅，请先删除不再使用的订阅", MaxSubscriptions),
		fmt.Sprintf("a tenant can have %d subscriptions; delete one that is no longer used", MaxSubscriptions))
	// ErrInvalidURL: the endpoint's address is not one that may be called.
	ErrInvalidURL = tenant.Refuse(provider.InvalidArgument, "invalid_url",
		"回调地址无效", "the URL is not valid").WithField("url")
	// ErrUnknownType: there is no such type of event; Details is a KnownTypes.
	ErrUnknownType = tenant.Refuse(provider.InvalidArgument, "unknown_event_type",
		"未知的事件类型", "unknown type of event").WithField("types")
	// ErrInvalidDescription: the description is too long or not text.
	ErrInvalidDescription = tenant.Refuse(provider.InvalidArgument, "invalid_description",
		"描述无效", "the description is not valid").WithField("description")
)

// KnownTypes is the Details of [ErrUnknownType].
type KnownTypes struct {
	Known []string `json:"known"`
}

// restate returns a copy of a refusal with a message of its own.
func restate(e *tenant.Error, zh, en string) *tenant.Error {
	return tenant.Refuse(e.Code, e.Reason, zh, en).WithField(e.Field)
}

func errURL(zh, en string) error { return restate(ErrInvalidURL, zh, en) }

func errNoTypes(known []string) error {
	return restate(ErrUnknownType,
		"请指定至少一种事件类型，或用*表示全部；可选："+strings.Join(known, "、"),
		"name at least one type of event, or * for all; there are: "+strings.Join(known, ", ")).
		WithDetails(KnownTypes{known})
}

func errUnknownType(field string, known []string) error {
	return restate(ErrUnknownType,
		"未知的事件类型，可选：*、"+strings.Join(known, "、"),
		"unknown type of event; there are: *, "+strings.Join(known, ", ")).
		WithField(field).WithDetails(KnownTypes{known})
}

func errDescription() error {
	return restate(ErrInvalidDescription,
		fmt.Sprintf("描述不能超过%d个字符，且不能包含控制字符", maxDescription),
		fmt.Sprintf("the description can have %d characters and no control characters", maxDescription))
}

func errChangedMeanwhile(cause error) error {
	return tenant.Refuse(provider.Unavailable, "changed_meanwhile",
		"数据已被他人修改，请重试", "somebody else changed the record at the same time; try again").WithCause(cause)
}

// missing turns a store's ErrNotFound into the refusal a person reads.
func missing(err error) error {
	if errors.Is(err, tenant.ErrNotFound) {
		return ErrNotFound.WithCause(err)
	}
	return err
}
