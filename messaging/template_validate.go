package messaging

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/thirdapp/thirdapp/provider"
)

// validTemplateName reports whether a template can have this name.
func validTemplateName(name string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyz0123456789._-"
	return name != "" && len(name) <= maxTemplateName && strings.Trim(name, allowed) == ""
}

func checkTemplateName(name string) error {
	if validTemplateName(name) {
		return nil
	}
	return errInvalidTemplate("name", "模板名称无效：须为1到%d个字符，只能包含小写字母、数字、点、下划线和连字符",
		"want 1 to %d of a-z, 0-9, '.', '_' and '-'", maxTemplateName)
}

// validate looks at everything but the name.
func (tpl Template) validate() error {
	if err := checkWords("description", tpl.Description, maxTemplateWords); err != nil {
		return err
	}
	if err := checkVariables(tpl.Variables); err != nil {
		return err
	}
	if len(tpl.Contents) == 0 {
		return errInvalidTemplate("contents", "至少须填写一种语言的内容：%s", "fill in at least one language: %s",
			strings.Join(templateLanguages(), ", "))
	}
	for _, language := range slices.Sorted(maps.Keys(tpl.Contents)) {
		if err := tpl.checkContent(language); err != nil {
			return err
		}
	}
	return nil
}

func (tpl Template) checkContent(language string) error {
	at := "contents." + language
	if !slices.Contains(templateLanguages(), language) {
		return errInvalidTemplate("contents", "不支持的语言%q，支持%s", "unknown language %q; known are %s",
			shortText(language), strings.Join(templateLanguages(), ", "))
	}
	content := tpl.Contents[language]
	if err := content.Validate(); err != nil {
		return errTemplateContent(at, err)
	}
	total, declared := 0, tpl.declared()
	var fault error
	content.Each(func(path, source string) {
		total += len(source)
		if fault == nil {
			if _, err := parseSource(source, declared); err != nil {
				fault = errSource(fieldOf(at, path), err)
			}
		}
	})
	if fault == nil && total > maxContentSource {
		fault = errInvalidTemplate(at, "模板内容共%d字节，每种语言最多%d字节", "%d bytes; a language has at most %d",
			total, maxContentSource)
	}
	return fault
}

// declared returns the names of the variables.
func (tpl Template) declared() map[string]bool {
	names := make(map[string]bool, len(tpl.Variables))
	for _, v := range tpl.Variables {
		names[v.Name] = true
	}
	return names
}

// fieldOf turns the path of a text in a content into that in a template.
func fieldOf(at, path string) string {
	return at + strings.TrimPrefix(path, "content")
}

func errTemplateContent(at string, err error) error {
	var wrong *provider.ContentError
	if !errors.As(err, &wrong) {
		return ErrInvalidTemplate.WithField(at).WithCause(err)
	}
	field := fieldOf(at, wrong.Field)
	return restate(ErrInvalidTemplate, field, field+"："+wrong.Problem.ZH, field+": "+wrong.Problem.EN)
}

func checkVariables(list []Variable) error {
	if len(list) > MaxTemplateVariables {
		return errInvalidTemplate("variables", "变量共%d个，最多%d个", "%d variables; at most %d", len(list), MaxTemplateVariables)
	}
	seen := make(map[string]bool, len(list))
	for i, v := range list {
		at := fmt.Sprintf("variables[%d]", i)
		if err := v.check(at); err != nil {
			return err
		}
		if seen[v.Name] {
			return errInvalidTemplate(at+".name", "变量%q重复", "variable %q is declared twice", v.Name)
		}
		seen[v.Name] = true
	}
	return nil
}

func (v Variable) check(at string) error {
	switch {
	case !validVariableName(v.Name):
		return errInvalidTemplate(at+".name", "变量名无效：须为1到%d字节，以字母或下划线开头，只能包含字母、数字和下划线",
			"want 1 to %d bytes: a letter or '_', then letters, digits and '_'", maxVariableName)
	case v.MaxLength < 0 || v.MaxLength > maxVariableBytes:
		return errInvalidTemplate(at+".maxLength", "最大长度%d超出范围，须在0到%d之间", "%d; want 0 to %d", v.MaxLength, maxVariableBytes)
	case v.Required && v.Default != "":
		return errInvalidTemplate(at+".default", "必填变量%q不能有默认值", "variable %q is required, and so needs no default", v.Name)
	case v.tooLong(v.Default):
		return errInvalidTemplate(at+".default", "默认值超过最大长度%d个字符", "longer than its maximum of %d characters", v.MaxLength)
	case v.tooLong(v.Example):
		return errInvalidTemplate(at+".example", "示例超过最大长度%d个字符", "longer than its maximum of %d characters", v.MaxLength)
	}
	return errors.Join(
		checkWords(at+".description", v.Description, maxTemplateWords),
		checkWords(at+".default", v.Default, maxVariableWords),
		checkWords(at+".example", v.Example, maxVariableWords))
}

// tooLong reports whether a text has more characters than the variable allows.
func (v Variable) tooLong(text string) bool {
	return v.MaxLength > 0 && utf8.RuneCountInString(text) > v.MaxLength
}

// validVariableName reports whether a source can name the variable.
func validVariableName(name string) bool {
	if name == "" || len(name) > maxVariableName || !utf8.ValidString(name) {
		return false
	}
	for i, r := range name {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return true
}

// checkWords refuses what cannot be stored, or is longer than limit bytes.
func checkWords(field, s string, limit int) error {
	switch {
	case len(s) > limit:
		return errInvalidTemplate(field, "文本为%d字节，最多%d字节", "%d bytes; at most %d", len(s), limit)
	case !readable(s):
		return errInvalidTemplate(field, "须为有效的UTF-8文本，且不含空字符", "want valid UTF-8 without NUL characters")
	}
	return nil
}

// readable reports whether every database keeps the text.
func readable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// shortText returns what of an unknown text can be repeated in a message.
func shortText(s string) string {
	const most = 40
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "")
}
