package tenant

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// The refusals of this package's Service; find them with errors.Is, which goes
// by the reason. The Chinese texts of the first three are what existing front
// ends show and must not change.
var (
	// ErrAppExists: the tenant has an enabled app of the provider.
	ErrAppExists = Refuse(provider.AlreadyExists, "app_exists",
		"操作失败,同一个租户下只允许绑定一个钉钉或者企业微信",
		"the tenant has an enabled app of this provider; only one is allowed: change that one, or disable it first")
	// ErrAppKeyExists: the app is connected already, in this tenant or another.
	ErrAppKeyExists = Refuse(provider.AlreadyExists, "app_key_exists",
		"AppKey已存在，请勿重复添加",
		"this app is connected already; an app can be connected once only")
	// ErrAppNotFound: the tenant has no such app.
	ErrAppNotFound = Refuse(provider.NotFound, "not_found",
		"数据不存在", "no such record in this tenant")
	// ErrGrantNotFound: the tenant has no such grant.
	ErrGrantNotFound = Refuse(provider.NotFound, "grant_not_found",
		"没有该授权，请在授权列表中核对用户名和角色",
		"there is no such grant in this tenant; see which there are in the list of grants")
	// ErrAppChanged: the app is not at the version that the change expected.
	ErrAppChanged = Refuse(provider.FailedPrecondition, "app_changed",
		"应用配置已被他人修改，请重新打开，确认后再保存",
		"somebody else has changed the app; read it again, and see whether your change still applies")
	// ErrNotConfigured: the tenant has no enabled app of the provider.
	ErrNotConfigured = Refuse(provider.FailedPrecondition, "not_configured",
		"应用尚未配置,请配置应用", "the provider is not configured for this tenant")
	// ErrAppDisabled: the app is there but switched off.
	ErrAppDisabled = Refuse(provider.FailedPrecondition, "app_disabled",
		"应用已停用，请先启用", "the app is disabled; an administrator of the tenant can enable it")
	// ErrInvalidSettings: settings are missing, unknown or malformed; Details
	// is a []SettingProblem.
	ErrInvalidSettings = Refuse(provider.InvalidArgument, "invalid_settings",
		"配置有误", "the settings are not valid")
	// ErrNotAMember: the user is not a member of the tenant.
	ErrNotAMember = Refuse(provider.PermissionDenied, "not_a_member",
		"您不是该租户的成员，无权访问，请联系该租户的管理员",
		"you are not a member of this tenant; ask an administrator of the tenant to add you")
	// ErrUserNotFound: no active member of the tenant has the user name.
	ErrUserNotFound = Refuse(provider.NotFound, "user_not_found",
		"用户不存在!", "no active member of the tenant has this user name")
	// ErrLastManager: the grant is the last one in the tenant that allows to
	// manage grants.
	ErrLastManager = Refuse(provider.FailedPrecondition, "last_manager",
		"该租户至少须保留一名可管理授权的成员，请先授权他人",
		"nobody would be left to manage the tenant's grants; grant the role to somebody else first")
)

// SettingProblem says what is wrong with one setting, in the Details of
// [ErrInvalidSettings].
type SettingProblem struct {
	// Field is the setting's provider.Setting.Name.
	Field string `json:"field"`
	// Title is what forms call the setting; zero for an unknown one.
	Title   provider.Text `json:"title"`
	Problem provider.Text `json:"problem"`
}

// errNotConfigured names the provider by its own title.
func errNotConfigured(f provider.Factory, cause error) *Error {
	zh, en := f.Title().In("zh"), f.Title().In("en")
	e := Refuse(ErrNotConfigured.Code, ErrNotConfigured.Reason,
		zh+"尚未配置,请配置"+zh,
		en+" is not configured for this tenant; an administrator of the tenant can configure it")
	return e.WithCause(cause)
}

// errInvalidSettings lists the problems that provider.CheckSettings found. The
// message has them all, too, for callers that show nothing else.
func errInvalidSettings(err error) *Error {
	problems := settingProblems(err)
	zh, en := make([]string, len(problems)), make([]string, len(problems))
	for i, p := range problems {
		zh[i] = nameOf(p, "zh") + "：" + p.Problem.ZH
		en[i] = nameOf(p, "en") + ": " + p.Problem.EN
	}
	e := Refuse(ErrInvalidSettings.Code, ErrInvalidSettings.Reason,
		ErrInvalidSettings.Message.ZH+"："+strings.Join(zh, "；"),
		ErrInvalidSettings.Message.EN+": "+strings.Join(en, "; "))
	if len(problems) > 0 {
		e.Field = problems[0].Field
	}
	e.Details = problems
	return e
}

func nameOf(p SettingProblem, language string) string {
	if p.Title.IsZero() {
		return p.Field
	}
	return p.Title.In(language)
}

// settingProblems flattens what provider.CheckSettings joined.
func settingProblems(err error) []SettingProblem {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		var problems []SettingProblem
		for _, e := range joined.Unwrap() {
			problems = append(problems, settingProblems(e)...)
		}
		return problems
	}
	var one *provider.SettingError
	if errors.As(err, &one) {
		return []SettingProblem{{Field: one.Name, Title: one.Title, Problem: one.Problem}}
	}
	return nil
}

// appConflict says which of an app's unique keys is taken.
func appConflict(err error) error {
	var conflict *ConflictError
	if !errors.As(err, &conflict) {
		return err
	}
	switch conflict.Key {
	case "identity":
		return ErrAppKeyExists.WithField(provider.SettingClientID).WithCause(err)
	case "enabled":
		return ErrAppExists.WithCause(err)
	}
	return err
}

// appMissing turns a store's ErrNotFound into the refusal a person reads.
func appMissing(err error) error {
	if errors.Is(err, ErrNotFound) {
		return ErrAppNotFound.WithCause(err)
	}
	return err
}

func errUnknownProvider(kind provider.Kind, cause error) *Error {
	zh, en := fmt.Sprintf("不支持的应用类型%q", kind), fmt.Sprintf("unknown provider %q", kind)
	var unknown *provider.UnknownKindError
	if errors.As(cause, &unknown) {
		known := make([]string, len(unknown.Known))
		for i, k := range unknown.Known {
			known[i] = string(k)
		}
		zh, en = zh+"，支持："+strings.Join(known, "、"), en+": want "+strings.Join(known, " or ")
	}
	return Refuse(provider.InvalidArgument, "unknown_provider", zh, en).WithField("provider").WithCause(cause)
}

func errChangedMeanwhile(cause error) *Error {
	return Refuse(provider.Unavailable, "changed_meanwhile",
		"数据已被他人修改，请重试", "somebody else changed the record at the same time; try again").WithCause(cause)
}

func errUnreadableSecret(name string, cause error) *Error {
	return Refuse(provider.Internal, "secret_unreadable",
		"已保存的密钥无法解密，请重新填写", "the stored secret cannot be decrypted; enter it again").
		WithField(name).WithCause(cause)
}

func errUnknownRole(role Role) *Error {
	return Refuse(provider.InvalidArgument, "unknown_role",
		fmt.Sprintf("未知的角色%q，可选：%s", role, roleNames("、")), fmt.Sprintf("unknown role %q; there are: %s", role, roleNames(", "))).WithField("role")
}

// roleNames lists the roles.
func roleNames(separator string) string {
	var names []string
	for role := range Roles() {
		names = append(names, string(role))
	}
	slices.Sort(names)
	return strings.Join(names, separator)
}

func errMisplacedRole(role Role) *Error {
	return Refuse(provider.InvalidArgument, "misplaced_role",
		fmt.Sprintf("角色%q不能在此处授予：%s须在平台中授予，其他角色须在租户中授予", role, RolePlatformAdmin),
		fmt.Sprintf("role %q cannot be granted here: %s is granted in the platform, the others in a tenant", role, RolePlatformAdmin)).
		WithField("role")
}

func errClosed() *Error {
	return Refuse(provider.Unavailable, "closed", "服务正在停止", "the service is shutting down")
}
