package transport

import (
	"maps"
	"reflect"

	"github.com/thirdapp/thirdapp/provider"
)

// typeText is what the document says of a type and of its fields, by their names
// in JSON. What a field is, its unit, bounds and default, and when it is null or
// absent stand here and nowhere else in the document, so they must be as the
// decoders, the services and the stores have them.
type typeText struct {
	// about is for types whose name alone does not tell; else zero.
	about provider.Text
	// like is a type that has the texts of the fields that are not here; nil for
	// none.
	like   reflect.Type
	fields fieldTexts
}

type fieldTexts map[string]provider.Text

type typeTexts map[reflect.Type]typeText

// documentTexts returns the texts of all types, area by area.
func documentTexts() typeTexts {
	all := make(typeTexts)
	for _, area := range []typeTexts{
		answerTexts(), appTexts(), messageTexts(), contentTexts(), templateTexts(),
		runTexts(), ruleTexts(), accessTexts(), loginTexts(), compatTexts(),
	} {
		maps.Copy(all, area)
	}
	return all
}

// of returns the text of a field: that of the outer type, which may say it
// better; that of the type that declares it; or that of all fields of the name.
func (t typeTexts) of(outer, declared reflect.Type, name string) provider.Text {
	for _, typ := range []reflect.Type{outer, declared} {
		for typ != nil {
			known := t[typ]
			if text, ok := known.fields[name]; ok {
				return text
			}
			typ = known.like
		}
	}
	return sharedTexts[name]
}
