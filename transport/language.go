package transport

import (
	"strconv"
	"strings"
)

// The languages of answers, as Content-Language spells them.
const (
	chinese = "zh-CN"
	english = "en"
)

// languageOf chooses the language of an answer from an Accept-Language header:
// English when it is preferred over Chinese, Chinese otherwise. Of two
// languages that are liked equally well the one named first is preferred.
func languageOf(header string) string {
	best, bestWeight := chinese, 0.0
	for entry := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(entry, ";")
		lang := ""
		switch primary, _, _ := strings.Cut(strings.TrimSpace(tag), "-"); strings.ToLower(primary) {
		case "zh", "*":
			lang = chinese
		case "en":
			lang = english
		default:
			continue
		}
		if w := weightOf(params); w > bestWeight {
			best, bestWeight = lang, w
		}
	}
	return best
}

// weightOf reads the q parameter of an entry (RFC 9110, section 12.4.2); one
// that cannot be read makes the entry count for nothing.
func weightOf(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		name, value, ok := strings.Cut(strings.TrimSpace(p), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		w, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || w < 0 || w > 1 {
			return 0
		}
		return w
	}
	return 1
}
