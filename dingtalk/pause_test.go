package dingtalk_test

import (
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

// TestQuotaPauses: DingTalk's days and months begin in China.
func TestQuotaPauses(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 15, 30, 0, 0, time.UTC) // 23:30 in China
	for answer, want := range map[string]time.Duration{
		`{"errcode":90020}`:                    30 * time.Minute, // December begins
		`{"errcode":41045}`:                    30 * time.Minute,
		`{"errcode":88,"sub_code":"90020"}`:    30 * time.Minute,
		`{"errcode":410100,"errmsg":"slowly"}`: 10 * time.Minute,
	} {
		f := newFake().reply(userPath, answer)
		p := openServed(t, f, dingtalk.Options{}, func() time.Time { return now })
		_, err := p.PersonByID(t.Context(), "u1")
		if e := asError(t, err); e.Code != provider.ResourceExhausted || e.RetryAfter != want {
			t.Errorf("%s: %+v with RetryAfter %s, want %s", answer, e, e.RetryAfter, want)
		}
		if n := f.count(userPath); n != 1 {
			t.Errorf("%s: %d calls, want 1", answer, n)
		}
	}
}
