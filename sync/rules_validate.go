package sync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// RuleFault says what is wrong with one rule, in the Details of
// [ErrInvalidRules].
type RuleFault struct {
	// Field is the rule's name in JSON, such as "guard.percent".
	Field   string        `json:"field"`
	Problem provider.Text `json:"problem"`
}

// ruleFaults collects the faults of rules.
type ruleFaults []RuleFault

// maxFaults bounds how many faults are told: rules that were sent can have tens
// of thousands, and nobody reads more than the first.
const maxFaults = 20

func (f *ruleFaults) add(field, zh, en string) {
	if len(*f) < maxFaults {
		*f = append(*f, RuleFault{field, provider.Text{ZH: zh, EN: en}})
	}
}

// shown returns what of an unknown value is repeated in a message.
func shown(s string) string {
	const most = 64 // bytes
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// oneOf adds a fault unless a value is one of those known.
func oneOf[T ~string](f *ruleFaults, field string, value T, known ...T) {
	if slices.Contains(known, value) {
		return
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	f.add(field,
		fmt.Sprintf("取值%q无效，只能是%s之一", shown(string(value)), strings.Join(names, "、")),
		fmt.Sprintf("unknown value %q; use one of %s", shown(string(value)), strings.Join(names, ", ")))
}

// within adds a fault unless a number is within bounds, or -1 where that means
// none.
func (f *ruleFaults) within(field string, n, least, most int, none bool) {
	if n >= least && n <= most || none && n == -1 {
		return
	}
	zh, en := "", ""
	if none {
		zh, en = "，或-1表示不允许", ", or -1 for none"
	}
	f.add(field, fmt.Sprintf("取值%d无效，须为%d到%d%s", n, least, most, zh),
		fmt.Sprintf("%d; want %d to %d%s", n, least, most, en))
}

// refusal is the error about the faults, nil when there is none. Its message
// names those that were kept.
func (f *ruleFaults) refusal() error {
	if len(*f) == 0 {
		return nil
	}
	zh, en := make([]string, len(*f)), make([]string, len(*f))
	for i, fault := range *f {
		zh[i], en[i] = fault.Field+"："+fault.Problem.ZH, fault.Field+": "+fault.Problem.EN
	}
	e := ErrInvalidRules.WithField((*f)[0].Field).WithDetails([]RuleFault(*f))
	e.Message.ZH += "：" + strings.Join(zh, "；")
	e.Message.EN += ": " + strings.Join(en, "; ")
	return e
}

// maxGraceDays bounds Rules.GraceDays.
const maxGraceDays = 365

// maxGuardPeople bounds Guard.People in rules.
const maxGuardPeople = 1_000_000

// maxRetentionDays bounds Settings.RetentionDays.
const maxRetentionDays = 3650

// checkSettings returns an [ErrInvalidRules] with the faults, or nil.
func (s *Service) checkSettings(settings Settings) error {
	f := new(ruleFaults)
	s.checkRules(f, settings.Rules)
	if days := settings.RetentionDays; days != 0 { // 0 is the default
		f.within("retentionDays", days, 1, maxRetentionDays, false)
	}
	return f.refusal()
}

// checkRules adds the faults of rules.
func (s *Service) checkRules(f *ruleFaults, r Rules) {
	f.checkScope(r.Scope)
	f.checkMapping(r.Mapping)
	f.checkOwnership(r.Ownership)
	f.checkMatching(r.Matching)
	oneOf(f, "accountName", r.AccountName, AccountMobile, AccountEmail, AccountEmailName, AccountJobNumber, AccountUserID, AccountPersonName)
	f.within("guard.people", r.Guard.People, 1, maxGuardPeople, true)
	f.within("guard.percent", r.Guard.Percent, 1, 100, true)
	f.within("graceDays", r.GraceDays, 0, maxGraceDays, false)
	oneOf(f, "initialPassword", r.InitialPassword, NoPassword, HouseNumberMobile)
	if r.InitialPassword == HouseNumberMobile && s.cfg.HouseNumbers == nil {
		f.add("initialPassword", "平台未提供租户门牌号，不能使用house_number_mobile，请改用none",
			"the platform does not tell house numbers, which house_number_mobile needs; use none")
	}
	oneOf(f, "existing.join", r.Existing.Join, JoinActive, JoinPending)
	oneOf(f, "existing.fields", r.Existing.Fields, FieldsUpdate, FieldsKeep)
}
