package dingtalk_test

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// allowed is a server's count of calls per second, as DingTalk keeps it.
type allowed struct {
	perSecond int
	began     time.Time
	calls     int
}

func (a *allowed) take() bool {
	if time.Since(a.began) >= time.Second {
		a.began, a.calls = time.Now(), 0
	}
	a.calls++
	return a.calls <= a.perSecond
}

func TestPaceStaysBelowTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := allowed{perSecond: 20}
		var over atomic.Int32
		var mu sync.Mutex
		f := newFake().on(userPath, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if !limit.take() {
				over.Add(1)
			}
			write(200, okUser)(w, r)
		})
		p := openInside(t, f, 20)
		began := time.Now()
		var wg sync.WaitGroup
		for range 95 {
			wg.Go(func() {
				if _, err := p.PersonByID(t.Context(), "u1"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := over.Load(); n > 0 {
			t.Errorf("%d calls over the limit", n)
		}
		if took := time.Since(began).Round(100 * time.Millisecond); took != 4900*time.Millisecond {
			t.Errorf("95 calls took %s, want 4.9s: 19 a second", took)
		}
	})
}

func TestEachAPIHasItsOwnPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake().reply(userPath, okUser).reply(listsubPath, `{"errcode":0,"result":[]}`)
		p := openInside(t, f, 1)
		began := time.Now()
		if _, err := p.PersonByID(t.Context(), "u1"); err != nil {
			t.Error(err)
		}
		if _, err := p.Departments(t.Context(), "1", ""); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("the first call of each API waited %s", took)
		}
	})
}

func TestTurnAfterTheDeadlineIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake().reply(userPath, okUser)
		p := openInside(t, f, 1)
		if _, err := p.PersonByID(t.Context(), "u1"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := p.PersonByID(ctx, "u1")
		e := asError(t, err)
		if e.Code != provider.ResourceExhausted || !e.Unsent || e.RetryAfter <= 100*time.Millisecond || time.Since(began) > 0 {
			t.Errorf("error after %s = %+v", time.Since(began), e)
		}
	})
}

func TestWaitingForATurnCanBeCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake().reply(userPath, okUser)
		p := openInside(t, f, 1)
		if _, err := p.PersonByID(t.Context(), "u1"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		_, err := p.PersonByID(ctx, "u1")
		if e := asError(t, err); e.Code != provider.Canceled || !e.Unsent {
			t.Errorf("error = %+v, want canceled and unsent", e)
		}
	})
}

func TestThrottlingSlowsDownAndRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake().reply(userPath, `{"errcode":90018,"errmsg":"slow"}`, okUser)
		p := openInside(t, f, 20)
		began := time.Now()
		if _, err := p.PersonByID(t.Context(), "u1"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < time.Second {
			t.Errorf("repeated after %s, want the second DingTalk asks for", took)
		}
		gap := func() time.Duration {
			began := time.Now()
			if _, err := p.PersonByID(t.Context(), "u1"); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		if slow := gap(); slow < 80*time.Millisecond {
			t.Errorf("gap of %s soon after, want about twice the usual 53ms", slow)
		}
		time.Sleep(10 * time.Second)
		gap()
		if usual := gap(); usual > 54*time.Millisecond {
			t.Errorf("gap of %s after ten seconds, want the usual 53ms", usual)
		}
	})
}

// TestThrottlingHoldsBackWhoWaits: a pause and a lower speed hold for those who
// had their turns already.
func TestThrottlingHoldsBackWhoWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var at []time.Duration
		began := time.Now()
		f := newFake().on(userPath, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			at = append(at, time.Since(began))
			first := len(at) == 1
			mu.Unlock()
			if first {
				time.Sleep(10 * time.Millisecond)
				write(200, `{"errcode":90018,"errmsg":"slow"}`)(w, r)
				return
			}
			write(200, okUser)(w, r)
		})
		p := openInside(t, f, 20)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := p.PersonByID(t.Context(), "u1"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i, when := range at[1:] {
			if when < time.Second {
				t.Errorf("call %d came after %s, in the second that DingTalk asks for", i+2, when)
			}
			if gap := when - at[i]; i > 1 && gap < 60*time.Millisecond {
				t.Errorf("call %d came %s after the one before, want more than the usual 53ms", i+2, gap)
			}
		}
	})
}

// TestThrottledSendIsRepeated: a refusal for speed is certain.
func TestThrottledSendIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake().reply(sendPath, `{"errcode":90018}`, `{"errcode":88,"sub_code":"90018"}`, `{"errcode":0,"task_id":5}`)
		r, err := openInside(t, f, 20).Send(t.Context(), provider.Audience{Everyone: true}, provider.Rendered{Body: []byte(`{}`)}, "")
		if err != nil || r.TaskID != "5" {
			t.Errorf("Send = %+v, %v", r, err)
		}
	})
}

func TestMinuteLimitIsLeftToTheCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake().on("/v1.0/x", write(403, `{"code":"Forbidden.AccessDenied.QpmLimitForAppkeyAndApi"}`))
		p := openInside(t, f, 20)
		time.Sleep(10 * time.Second)
		for range 2 {
			_, err := p.CallNewAPI(t.Context(), "v1.0/x")
			if e := asError(t, err); e.Code != provider.ResourceExhausted || e.RetryAfter != 50*time.Second || !e.Unsent {
				t.Errorf("error = %+v, want the rest of the minute", e)
			}
		}
		if n := f.count("/v1.0/x"); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	})
}
