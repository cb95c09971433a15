// Command host is a small platform around the module: it signs people in,
// keeps tenants, mounts the module's handler and, with -demo, shows the whole
// way of a company into the platform and of a message to its people. It is
// meant to be copied from.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := runHost(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "host:", err)
		os.Exit(1)
	}
}

// runHost serves until ctx ends, then drains.
func runHost(ctx context.Context, args []string, getenv func(string) string, out, logs io.Writer) (err error) {
	cfg, err := parseConfig(args, getenv, logs)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.addr)
	if err != nil {
		return err
	}
	cfg.listeningOn(listener.Addr())
	stopEmulator, err := cfg.startEmulator(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer stopEmulator()
	p, err := newPlatform(ctx, cfg, newLogger(logs, cfg.logLevel))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, p.close()) }()
	return p.serve(ctx, out, listener)
}

// serve serves, plays the demo if asked to, and returns after it has drained.
func (p *platform) serve(ctx context.Context, out io.Writer, listener net.Listener) (err error) {
	base := "http://" + listener.Addr().String()
	server := &http.Server{
		Handler: p.handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		// Requests end with the drain, not with the signal.
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	server.RegisterOnShutdown(func() { close(p.stopping) })
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Fprintf(out, "平台已启动 listening on %s（数据库 database %s）\n", base, p.cfg.databaseName())
	fmt.Fprintf(out, "管理员 administrator: %s / %s\n", adminName, cmp.Or(p.adminPassword, "密码未变 password unchanged"))

	demoed := make(chan struct{})
	go func() {
		defer close(demoed)
		p.playDemo(ctx, out, base)
	}()
	select {
	case err = <-served:
	case <-ctx.Done():
		fmt.Fprintln(out, "\n正在停止 draining …")
	}
	<-demoed
	return errors.Join(ignoreClosed(err), drain(ctx, server, p.module.Stop))
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// playDemo plays the demo and says what went wrong, which is no reason to stop
// serving.
func (p *platform) playDemo(ctx context.Context, out io.Writer, base string) {
	if !p.cfg.demo {
		return
	}
	if p.adminPassword == "" {
		fmt.Fprintln(out, "演示需要管理员密码，请用 -admin-password 给出 the demo needs the administrator's password: give -admin-password")
		return
	}
	d := &demo{
		out: out, base: base, public: p.cfg.publicURL, emulator: p.cfg.dingtalkAPI, password: p.adminPassword,
		client: &client{base: base},
	}
	if err := d.run(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintf(out, "演示中断 the demo ended early: %v\n", err)
	}
}
