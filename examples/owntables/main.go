package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := runInTempDir(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "owntables:", err)
		os.Exit(1)
	}
}

// runInTempDir runs on a SQLite database that is removed afterwards.
func runInTempDir(ctx context.Context, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "owntables")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return run(ctx, "sqlite:"+filepath.Join(dir, "host.db"), out)
}

// run pulls a small company into the tables of an empty database, shows them, and
// pushes what the host adds then.
func run(ctx context.Context, dsn string, out io.Writer) (err error) {
	company := dingtalktest.Generate(dingtalktest.Spec{Seed: 1, People: 12, Departments: 4, InTwoDepartments: 0.2, Leaders: 1})
	em := dingtalktest.New(dingtalktest.Options{})
	defer em.Close()
	if err := em.AddCompany(company); err != nil {
		return err
	}
	office := httptest.NewServer(em)
	defer office.Close()

	h, err := newHost(ctx, dsn, office.URL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close(ctx)) }()
	if err := h.connect(ctx, company.CorpID, em.Apps(company.CorpID)[0]); err != nil {
		return err
	}
	if err := h.pull(ctx); err != nil {
		return err
	}
	fmt.Fprintln(out, "pulled from DingTalk 已从钉钉拉取")
	if err := h.show(ctx, out); err != nil {
		return err
	}
	if err := h.grow(ctx, "新品部", "lin.zhixia", "林知夏", "13900001234"); err != nil {
		return err
	}
	fmt.Fprintln(out, "added to the tables 平台新增: 新品部, 林知夏*")
	if err := h.push(ctx, out); err != nil {
		return err
	}
	showOffice(em, company.CorpID, out)
	return nil
}
