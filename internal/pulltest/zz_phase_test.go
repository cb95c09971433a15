package pulltest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

func TestDebugPhases(t *testing.T) {
	srv := dingtalktest.NewServer(t, dingtalktest.Generate(dingtalktest.Realistic(1, 10_000, 400)))
	for range 3 {
		s := openPostgres(t)
		b := benchBundle(t, s, srv)
		run, err := b.StartRun(as(t), "0", dirsync.RunRequest{Provider: "dingtalk"})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		done := make(chan struct{})
		go func() {
			defer close(done)
			var last dirsync.State
			for r := range b.Watch(as(t), "0", run.ID) {
				if r.State != last {
					fmt.Print(" ", r.State, " ", time.Since(start).Milliseconds())
					last = r.State
				}
			}
		}()
		b.queue.drain(t.Context())
		<-done
		fmt.Println()
	}
}
