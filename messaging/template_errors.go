package messaging

import (
	"errors"
	"fmt"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The refusals that are about templates.
var (
	// ErrTemplateNotFound: the tenant has no such template, or not this version
	// of it.
	ErrTemplateNotFound = tenant.Refuse(provider.NotFound, "template_not_found",
		"消息模板不存在", "no such message template in this tenant")
	// ErrInvalidTemplate: a template that is to be saved breaks a rule of
	// [Template].
	ErrInvalidTemplate = tenant.Refuse(provider.InvalidArgument, "invalid_template",
		"消息模板无效", "the message template is not valid")
	// ErrInvalidVariable: a value is missing, not declared, or of a kind or
	// size that is not allowed.
	ErrInvalidVariable = tenant.Refuse(provider.InvalidArgument, "invalid_variable",
		"模板变量无效", "the variable of the template is not valid")
	// ErrTemplateFailed: the template cannot be rendered with these values.
	ErrTemplateFailed = tenant.Refuse(provider.InvalidArgument, "template_failed",
		"消息模板渲染失败", "the message template cannot be rendered")
	// ErrTooManyTemplates: the tenant has MaxTemplates.
	ErrTooManyTemplates = tenant.Refuse(provider.FailedPrecondition, "too_many_templates",
		fmt.Sprintf("每个租户最多%d个消息模板，请先删除不用的模板", MaxTemplates),
		fmt.Sprintf("a tenant has at most %d message templates; delete one that is not used", MaxTemplates)).
		WithField("name")
	// ErrTemplateChanged: the template is not at the version that the save
	// expected.
	ErrTemplateChanged = tenant.Refuse(provider.FailedPrecondition, "template_changed",
		"消息模板已被他人修改，请重新打开后再保存", "somebody else has changed the message template; read it again").
		WithField("expectedVersion")
)

// templateFault is what is wrong with a source or with what it does, in both
// languages.
type templateFault struct{ zh, en string }

// faultf returns a templateFault; both formats take the same arguments.
func faultf(zh, en string, args ...any) error {
	return &templateFault{zh: fmt.Sprintf(zh, args...), en: fmt.Sprintf(en, args...)}
}

// Error implements error.
func (f *templateFault) Error() string { return f.en }

func errInvalidTemplate(field, zh, en string, args ...any) error {
	return restate(ErrInvalidTemplate, field, fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...))
}

func errInvalidVariable(name, zh, en string) error {
	return restate(ErrInvalidVariable, "variables."+name,
		fmt.Sprintf("模板变量%q%s", name, zh), fmt.Sprintf("template variable %q: %s", name, en))
}

func errTemplateNotFound(err error) error {
	if errors.Is(err, tenant.ErrNotFound) {
		return ErrTemplateNotFound.WithCause(err)
	}
	return err
}

func errTemplateChanged(expected, found int) error {
	if found == 0 {
		return restate(ErrTemplateChanged, "",
			fmt.Sprintf("消息模板不存在，预期版本为%d", expected),
			fmt.Sprintf("there is no such template; version %d was expected", expected))
	}
	return restate(ErrTemplateChanged, "",
		fmt.Sprintf("消息模板当前版本为%d，预期为%d，请重新打开后再保存", found, expected),
		fmt.Sprintf("the template is at version %d, and %d was expected; read it again", found, expected))
}

// errSource refuses a source, or what parsing says about it.
func errSource(field string, err error) error {
	var fault *templateFault
	if errors.As(err, &fault) {
		return restate(ErrInvalidTemplate, field, field+"："+fault.zh, field+": "+fault.en)
	}
	line, detail, _ := strings.Cut(strings.TrimPrefix(err.Error(), "template: "+sourceName+":"), ": ")
	detail = cutDetail(detail)
	return restate(ErrInvalidTemplate, field,
		fmt.Sprintf("%s：第%s行模板语法错误：%s", field, line, detail), fmt.Sprintf("%s: line %s: %s", field, line, detail))
}

// errRendering refuses values with which a text cannot be rendered. Errors that
// are no refusal, such as the end of the context, are returned as they are.
func errRendering(field string, err error) error {
	if code := provider.CodeOf(err); code == provider.Canceled || code == provider.DeadlineExceeded {
		return err
	}
	var fault *templateFault
	if errors.As(err, &fault) {
		return restate(ErrTemplateFailed, field, field+"："+fault.zh, field+": "+fault.en)
	}
	// What is left comes from package text/template, and speaks of the source
	// and of kinds of values, not of the values.
	detail := err.Error()
	if _, at, ok := strings.Cut(detail, " executing \""+sourceName+"\" at "); ok {
		detail = at
	}
	detail = cutDetail(detail)
	return restate(ErrTemplateFailed, field,
		fmt.Sprintf("%s：无法渲染：%s", field, detail), fmt.Sprintf("%s: cannot be rendered: %s", field, detail))
}

// errRendered refuses a rendered content that is not complete.
func errRendered(at string, err error) error {
	var wrong *provider.ContentError
	if !errors.As(err, &wrong) {
		return ErrInvalidContent.WithField(at).WithCause(err)
	}
	field := fieldOf(at, wrong.Field)
	return restate(ErrInvalidContent, field,
		field+"：渲染后"+wrong.Problem.ZH, field+", rendered: "+wrong.Problem.EN)
}

// maxDetail is how much of an error text is shown, in bytes: it may repeat a
// source.
const maxDetail = 300

func cutDetail(s string) string {
	if len(s) > maxDetail {
		s = s[:maxDetail] + "…"
	}
	return strings.ToValidUTF8(s, "")
}

// below returns a refusal whose field is a part of another one.
func below(parent string, err error) error {
	var refusal *tenant.Error
	if !errors.As(err, &refusal) || refusal.Field == "" {
		return err
	}
	return refusal.WithField(parent + "." + refusal.Field)
}
