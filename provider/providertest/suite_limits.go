package providertest

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

func runLimits(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, []test{
		{"are those of the Factory", func(t *testing.T, s subject) {
			if got, want := s.Limits(), s.Factory.Limits(); !reflect.DeepEqual(got, want) {
				t.Errorf("the Provider's Limits are %+v, the Factory's %+v", got, want)
			}
			if f, ok := s.Factory.(provider.WebhookFactory); ok {
				if got, want := f.Webhooks(s.Environment).Limits(), s.Factory.Limits(); !reflect.DeepEqual(got, want) {
					t.Errorf("the WebhookSender's Limits are %+v, the Factory's %+v", got, want)
				}
			}
		}},
		{"are copies", func(t *testing.T, s subject) {
			spoil(s.Limits())
			spoil(s.Factory.Limits())
			wantMedia(t, s.Limits())
			wantMedia(t, s.Factory.Limits())
			wantLacks(t, s.Limits().Write)
			wantLacks(t, s.Factory.Limits().Write)
		}},
		{"make sense", func(t *testing.T, s subject) { wantLimits(t, s.Limits()) }},
		{"go with the abilities", func(t *testing.T, s subject) {
			if got, want := len(s.Limits().Media) > 0, can[provider.MediaUploader](s.Provider); got != want {
				t.Errorf("it uploads: %t; Limits say what: %t", want, got)
			}
		}},
	})
}

// spoil changes what a caller of Limits can reach.
func spoil(l provider.Limits) {
	for i := range l.Write.Lacks {
		l.Write.Lacks[i] = "spoiled"
	}
	for kind, m := range l.Media {
		if len(m.Extensions) > 0 {
			m.Extensions[0] = ".SPOILED"
		}
		l.Media[kind] = provider.MediaLimit{Bytes: -1, Extensions: m.Extensions}
	}
}

func wantLimits(tb testing.TB, l provider.Limits) {
	tb.Helper()
	v := reflect.ValueOf(l)
	for i := range v.NumField() {
		if f := v.Field(i); f.CanInt() && f.Int() < 0 {
			tb.Errorf("Limits.%s is %v", v.Type().Field(i).Name, f)
		}
	}
	if l.SendsPerPersonPerDay > 0 && l.SameContentPerDay > l.SendsPerPersonPerDay {
		tb.Errorf("a person may get %d messages a day, and the same one %d times", l.SendsPerPersonPerDay, l.SameContentPerDay)
	}
	if l.PeoplePerMinute > 0 && l.UsersPerSend > l.PeoplePerMinute {
		tb.Errorf("a call may go to %d people, and all of a minute to %d", l.UsersPerSend, l.PeoplePerMinute)
	}
	if l.UsersPerSend > 0 && l.StatusUsers > l.UsersPerSend {
		tb.Errorf("a call may go to %d people, and a status to %d", l.UsersPerSend, l.StatusUsers)
	}
	wantMedia(tb, l)
	wantLacks(tb, l.Write)
}

// wantLacks: nobody is without name and memberships.
func wantLacks(tb testing.TB, l provider.WriteLimits) {
	tb.Helper()
	for _, f := range l.Lacks {
		if !slices.Contains([]string{"mobile", "email", "jobNumber", "title", "managerId", "extension"}, f) {
			tb.Errorf("Limits.Write.Lacks has %q, which is no field that an office app may lack", f)
		}
	}
	if l.MobileRequired && slices.Contains(l.Lacks, "mobile") {
		tb.Error("Limits.Write requires a mobile number, which the office app lacks")
	}
}

func wantMedia(tb testing.TB, l provider.Limits) {
	tb.Helper()
	for kind, m := range l.Media {
		if !slices.Contains(mediaKinds(), kind) || m.Bytes < 0 || len(m.Extensions) == 0 {
			tb.Errorf("Limits.Media[%q] is %+v", kind, m)
		}
		for _, e := range m.Extensions {
			if e == "" || e != strings.ToLower(e) || strings.Contains(e, ".") {
				tb.Errorf("Limits.Media[%q] has the extension %q", kind, e)
			}
		}
	}
}
