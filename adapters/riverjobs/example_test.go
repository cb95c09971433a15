package riverjobs_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite"

	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/jobs"
)

func ExampleNew() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "riverjobs")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "jobs.db")+
		"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		panic(err)
	}
	defer func() { _ = db.Close() }()

	runner, err := riverjobs.New(riverjobs.Config{DB: db, Dialect: riverjobs.SQLite})
	if err != nil {
		panic(err)
	}
	if err := runner.Migrate(ctx); err != nil {
		panic(err)
	}
	done := make(chan struct{})
	err = runner.Start(ctx, []jobs.Handler{{
		Kind: "mail.send", Queue: "mail", Timeout: 10 * time.Second,
		Work: func(_ context.Context, run jobs.Run) error {
			fmt.Printf("attempt %d for %s: %s\n", run.Attempt, run.Tenant, run.Payload)
			close(done)
			return nil
		},
	}})
	if err != nil {
		panic(err)
	}
	if err := runner.Enqueue(ctx, jobs.Job{Kind: "mail.send", Tenant: "acme", Payload: []byte(`{"id":7}`)}); err != nil {
		panic(err)
	}
	<-done
	if err := runner.Stop(ctx); err != nil {
		panic(err)
	}
	// Output: attempt 1 for acme: {"id":7}
}
