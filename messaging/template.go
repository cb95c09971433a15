package messaging

import (
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// The languages of a template.
const (
	LanguageChinese = "zh"
	LanguageEnglish = "en"
)

// templateLanguages returns the languages in the order in which they stand in
// for one another.
func templateLanguages() []string { return []string{LanguageChinese, LanguageEnglish} }

// The bounds of templates.
const (
	// MaxTemplates is the largest number of templates a tenant has.
	MaxTemplates = 500
	// MaxTemplateVersions is how many versions of a template are kept; the
	// oldest beyond are removed.
	MaxTemplateVersions = 100
	// MaxTemplateVariables is the largest number of variables a template
	// declares.
	MaxTemplateVariables = 64

	maxTemplateName  = 64       // characters, all of one byte
	maxVariableName  = 64       // bytes
	maxTemplateWords = 256      // bytes of each description
	maxTextSource    = 16 << 10 // bytes of one text
	maxContentSource = 32 << 10 // bytes of all texts of one language
	maxTemplateDepth = 8        // blocks, or parentheses, in one another
	maxVariableBytes = 32 << 10 // bytes of one value, all its parts together
	maxVariableList  = 1000     // entries of one list or object
	maxVariableDepth = 8        // lists and objects in one another
	maxVariableWords = 1 << 10  // bytes of each Default and Example
	maxRendered      = 64 << 10 // bytes of all texts of one rendered content
	maxTemplateSteps = 200_000  // pieces of work to render one content
)

// Template is a version of a named message with gaps. A version never changes:
// each save makes the next one.
//
// The texts of a content, those that provider.Content.Map visits, are sources
// in the language of package text/template over the variables: {{.name}}, {{if}},
// {{with}}, {{range}}, {{break}}, {{continue}}, variables such as {{$x := .name}},
// and the functions and, or, not, len, index, eq, ne, lt, le, gt, ge, and
//
//	{{.x | default "none"}}        "none" when x is absent, "", or an empty list or object
//	{{upper .x}} {{lower .x}}
//	{{trunc 20 .x}}                at most 20 characters, the last one "…" when something was cut
//	{{date "2006-01-02" .x}}       a time in RFC 3339, or a date such as 2026-03-01, in Go's layout
//	{{number 2 .x}}                1234.5 as "1,234.50"; 0 to 10 decimals
//	{{join ", " .x}}               the entries of a list
//	{{urlquery .x}}                a part of a URL, percent-encoded
//	{{url .x}}                     an http or https URL that is safe inside of markdown
//	{{raw .x}}                     x as it is, in markdown too
//
// index and the comparisons take what JSON has: whole numbers and others
// compare with each other. There are no other functions, no methods, no
// {{template}}, {{define}} and {{block}}, and range goes over lists and objects
// only. A variable that is absent shows as nothing; a field of an object that
// is absent is an error.
//
// In the markdown of Markdown.Text and Card.Text values are escaped, so that
// they can bring in no link (other than a URL that stands for itself), heading,
// list, code or HTML; raw opts out.
//
// Blocks are at most 8 deep, a text has at most 16 KiB and all texts of a
// language 32 KiB; what is rendered has at most 64 KiB, and the work for it is
// bounded.
type Template struct {
	Tenant tenant.ID
	// Name is unique in the tenant: 1 to 64 of a-z, 0-9, '.', '_' and '-'.
	Name string
	// Version counts from 1. The number of a deleted version is not used again.
	Version int
	// Description is for people; at most 256 bytes.
	Description string
	// Contents has one or both of the languages "zh" and "en".
	Contents map[string]provider.Content
	// Variables are what the texts may use, at most MaxTemplateVariables.
	Variables []Variable
	// CreatedBy and CreatedByName are the user id and username of who saved
	// this version.
	CreatedBy     string
	CreatedByName string
	CreatedAt     time.Time
}

// Variable is a gap of a template. A value is a text, a number, true or false,
// or lists and objects of these: at most 32 KiB, 1000 entries in a list or
// object, and 8 levels. null is like absent.
type Variable struct {
	// Name is 1 to 64 bytes: a letter or '_', then letters, digits and '_'.
	Name string `json:"name"`
	// Description is for people; at most 256 bytes.
	Description string `json:"description,omitempty"`
	// Required refuses to send without a value. It goes without Default.
	Required bool `json:"required,omitempty"`
	// Default is the value when none is given, at most 1 KiB; "" is none.
	Default string `json:"default,omitempty"`
	// Example is the value in previews when none is given, at most 1 KiB.
	Example string `json:"example,omitempty"`
	// MaxLength bounds each text of the value, in characters; 0 is no bound.
	MaxLength int `json:"maxLength,omitempty"`
}

// TemplateUse names a stored template and what to fill in.
type TemplateUse struct {
	Name string
	// Version is 0 for the newest.
	Version int
	// Language is "zh" or "en"; where the template lacks it the other is used.
	// "" is "zh".
	Language string
	// Variables are the values; see [Variable]. Whole numbers that are a
	// json.Number keep all their digits.
	Variables map[string]any
}

// TemplateRef says what a content was made from.
type TemplateRef struct {
	Name     string `json:"name"`
	Version  int    `json:"version"`
	Language string `json:"language"`
}
