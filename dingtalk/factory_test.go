package dingtalk_test

import (
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

func newFactory(t *testing.T) provider.Factory {
	t.Helper()
	f, err := dingtalk.New(dingtalk.Options{})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return f
}

func TestFactoryDescribesItself(t *testing.T) {
	t.Parallel()
	f := newFactory(t)
	if _, err := provider.NewRegistry(f); err != nil {
		t.Fatalf("registry refuses the factory: %v", err)
	}
	if f.Kind() != provider.DingTalk || f.Title().ZH != "钉钉" {
		t.Errorf("kind %q, title %+v", f.Kind(), f.Title())
	}
	if !slices.IsSorted(f.Abilities()) {
		t.Errorf("abilities are not sorted: %v", f.Abilities())
	}
	const day = 24 * time.Hour
	want := provider.Limits{
		UsersPerSend: 100, DepartmentsPerSend: 20, RobotUsersPerSend: 20,
		MessageBytes: 2048, RobotBytes: 15000, WebhookBytes: 19900, CallsPerSecond: 20,
		EveryonePerDay: 3, SendsPerPersonPerDay: 500, SameContentPerDay: 1, PeoplePerMinute: 5000, WebhookPerMinute: 20, WebhookDeduplicates: true,
		TrackWindow: day, TrackUsers: 100, RecallWindow: day, StatusWindow: 7 * day, StatusUsers: 5, Mentions: 50,
		PeoplePageSize: 100,
		Write: provider.WriteLimits{
			DepartmentName: 64, DepartmentNameWithout: "-,，", UserID: 64, PersonName: 80, Email: 50, JobNumber: 50,
			Title: 200, Extension: 2000, Memberships: 100, MobileRequired: true, MobileFixed: true,
		},
	}
	got := f.Limits()
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	if hour := noon.In(got.Zone).Hour(); hour != 20 {
		t.Errorf("at noon of UTC it is %d o'clock, want 20", hour)
	}
	if len(got.Media) != 4 {
		t.Errorf("media = %v, want four kinds", got.Media)
	}
	want.Zone, want.Media = got.Zone, got.Media
	if !reflect.DeepEqual(got, want) {
		t.Errorf("limits = %+v, want %+v", got, want)
	}
	got.Media[provider.MediaImage] = provider.MediaLimit{}
	if f.Limits().Media[provider.MediaImage].Bytes == 0 {
		t.Error("a caller can change the limits")
	}
	s := settings()
	if got := f.Identity(s); got != "dingappkey" {
		t.Errorf("identity = %q, want the client id", got)
	}
}

func TestUnpacedFactoryHasNoCallLimit(t *testing.T) {
	t.Parallel()
	f, err := dingtalk.New(dingtalk.Options{CallsPerSecond: -1})
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Limits(); got.CallsPerSecond != 0 || got.PeoplePerMinute != 0 {
		t.Errorf("limits = %+v, want no calls a second and no people a minute", got)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	f := newFactory(t)
	for _, st := range f.Settings() {
		if st.Title.ZH == "" || st.Title.EN == "" || st.Help.ZH == "" || st.Help.EN == "" {
			t.Errorf("%s: title or help is missing in a language", st.Name)
		}
	}
	good := map[string]string{
		"corpId": "ding0123", "robotCode": "dingappkey", "eventMode": "stream",
		"callbackToken": "abc123", "callbackAesKey": strings.Repeat("a", 43),
	}
	bad := map[string]string{
		"corpId": "ding0123 ", "agentId": "12x", "clientId": " dingappkey", "clientSecret": "x\n", "robotCode": "r\t",
		"callbackToken": "ab", "callbackAesKey": strings.Repeat("a", 42), "eventMode": "push",
	}
	secrets := []string{"clientSecret", "callbackToken", "callbackAesKey"}
	with := func(name, value string) provider.Settings {
		s := settings()
		if slices.Contains(secrets, name) {
			s.Secrets[name] = provider.NewSecret(value)
		} else {
			s.Values[name] = value
		}
		return s
	}
	for name, value := range good {
		if err := provider.CheckSettings(f.Settings(), with(name, value)); err != nil {
			t.Errorf("%s = %q: %v", name, value, err)
		}
	}
	for name, value := range bad {
		err := provider.CheckSettings(f.Settings(), with(name, value))
		if err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s = %q: error %v, want one that names it", name, value, err)
		}
	}
}

func TestSettingsRequired(t *testing.T) {
	t.Parallel()
	f := newFactory(t)
	err := provider.CheckSettings(f.Settings(), provider.Settings{})
	for _, name := range []string{"corpId", "agentId", "clientId", "clientSecret"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v does not ask for %s", err, name)
		}
	}
}

func TestOpenRefusesWrongSettings(t *testing.T) {
	t.Parallel()
	s := settings()
	s.Values[provider.SettingAgentID] = "none"
	_, err := newFactory(t).Open(t.Context(), s, provider.Environment{})
	if provider.CodeOf(err) != provider.InvalidArgument {
		t.Errorf("Open: %v, want code invalid_argument", err)
	}
}

// TestOwnConnectionPool: without a client of the host the Provider has its own,
// and Close leaves nothing of it.
func TestOwnConnectionPool(t *testing.T) {
	t.Parallel()
	f := newFake().reply(userPath, okUser)
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	p := openWith(t, dingtalk.Options{APIBaseURL: server.URL + "/", OAPIBaseURL: server.URL + "/"}, settings(), provider.Environment{})
	if _, err := p.PersonByID(t.Context(), "u1"); err != nil {
		t.Error(err)
	}
	if p.Kind() != provider.DingTalk || !reflect.DeepEqual(p.Limits(), newFactory(t).Limits()) {
		t.Errorf("kind %q, limits %+v", p.Kind(), p.Limits())
	}
}

func TestOpenCallsNobodyAndClosesTwice(t *testing.T) {
	t.Parallel()
	p, err := newFactory(t).Open(t.Context(), settings(), provider.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	finder, err := provider.As[provider.PersonFinder](p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = finder.PersonByID(t.Context(), "u1")
	if e := asError(t, err); e.Code != provider.Unavailable || !e.Unsent {
		t.Errorf("call after Close: %+v, want unavailable and unsent", e)
	}
}
