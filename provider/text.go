package provider

// Text is a sentence a person reads, in both languages of the module.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// IsZero reports whether the text is empty in both languages.
func (t Text) IsZero() bool { return t == Text{} }

// In returns the text in the language of the given tag: English for "en" and
// its regions, Chinese for everything else. When that one is empty it returns
// the other.
func (t Text) In(tag string) string {
	en := len(tag) >= 2 && (tag[0] == 'e' || tag[0] == 'E') && (tag[1] == 'n' || tag[1] == 'N')
	if (en && t.EN != "") || t.ZH == "" {
		return t.EN
	}
	return t.ZH
}

// String returns the English text, or the Chinese one when there is none.
func (t Text) String() string { return t.In("en") }
