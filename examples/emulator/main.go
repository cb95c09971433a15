package main

import (
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

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case err == nil, errors.Is(err, flag.ErrHelp):
	default:
		fmt.Fprintln(os.Stderr, "emulator:", err)
		stop()
		os.Exit(1)
	}
}

// config is what the flags say.
type config struct {
	addr    string
	spec    dingtalktest.Spec
	options dingtalktest.Options
	homeURL string
}

func parse(args []string, stderr io.Writer) (config, error) {
	var c config
	var seed uint64
	var people, departments, depth int
	var name, home string
	flags := flag.NewFlagSet("emulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&c.addr, "addr", "127.0.0.1:9080", "`address` to listen on")
	flags.Uint64Var(&seed, "seed", 1, "which company to generate; the same `number` gives the same one")
	flags.IntVar(&people, "people", 200, "`number` of people")
	flags.IntVar(&departments, "departments", 20, "`number` of departments below the root")
	flags.IntVar(&depth, "depth", 4, "`levels` of departments below the root")
	flags.StringVar(&name, "name", "", "`name` of the company; empty makes one up")
	flags.IntVar(&c.options.CallsPerSecond, "calls-per-second", 0, "calls of an app to one API per second; DingTalk's `limit` is 20, 0 is none")
	flags.IntVar(&c.options.PeoplePerMinute, "people-per-minute", 5000, "people an app reaches per minute; DingTalk's `limit` is 5000")
	flags.StringVar(&home, "home-url", "", "home page of the app, in which $CORPID$ stands for the company, for the `workbench`")
	flags.DurationVar(&c.options.SendTime, "send-time", 0, "how `long` sending a message takes")
	flags.BoolVar(&c.options.AutoRead, "auto-read", false, "everybody reads what they get")
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	switch {
	case flags.NArg() > 0:
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case people < 0 || departments < 0:
		return c, fmt.Errorf("-people %d, -departments %d: must not be negative", people, departments)
	case depth < 1:
		return c, fmt.Errorf("-depth %d: at least 1", depth)
	}
	c.spec = dingtalktest.Realistic(seed, people, departments)
	c.spec.MaxDepth, c.spec.Name = depth, name
	c.options.Admin, c.homeURL = true, home
	return c, nil
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := parse(args, stderr)
	if err != nil {
		return err
	}
	em := dingtalktest.New(c.options)
	if err := em.AddCompany(dingtalktest.Generate(c.spec)); err != nil {
		return err
	}
	for _, a := range em.Apps(em.CorpIDs()[0]) {
		if err := em.UpdateApp(a.ClientID, func(a *dingtalktest.App) { a.HomeURL = c.homeURL }); err != nil {
			return err
		}
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", c.addr)
	if err != nil {
		return err
	}
	// Whoever connects from here on waits for Serve.
	if _, err := io.WriteString(stdout, introduction(em, "http://"+listener.Addr().String())); err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: em, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()

	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	em.Close()
	// The given context has ended; what is under way gets a little longer.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	_, err = io.WriteString(stdout, "stopped\n")
	return err
}

// introduction tells what a client needs to know.
func introduction(em *dingtalktest.Emulator, url string) string {
	corpID := em.CorpIDs()[0]
	departments := em.Departments(corpID)
	people := 0
	for range em.People(corpID) {
		people++
	}
	app := em.Apps(corpID)[0]
	who := fmt.Sprintf(`%s: %d people, %d departments with the root

base URL    %s   (instead of https://api.dingtalk.com and https://oapi.dingtalk.com)
corpId      %s
agentId     %d
AppKey      %s   (clientId)
AppSecret   %s   (clientSecret)
`, departments[0].Name, people, len(departments), url, corpID, app.AgentID, app.ClientID, app.ClientSecret)
	return who + fmt.Sprintf(`
point the example platform at it:
  go run ./examples/host -demo=false -dingtalk-api %[1]s -dingtalk-oapi %[1]s
try it:
  curl '%[1]s/gettoken?appkey=%[2]s&appsecret=%[3]s'
look inside:
  curl %[1]s/_emulator/state

These credentials are made up and open nothing but this emulator. Ctrl-C stops it.
`, url, app.ClientID, app.ClientSecret)
}
