package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-addr", "127.0.0.1:0", "-people", "30", "-departments", "4", "-name", "华星科技"}, in, io.Discard)
		done <- errors.Join(err, in.Close())
	}()

	lines := bufio.NewScanner(out)
	curl := regexp.MustCompile(`curl '(http[^']+/gettoken[^']+)'`)
	var greeting strings.Builder
	var url string
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
		greeting.WriteString(lines.Text() + "\n")
		if m := curl.FindStringSubmatch(lines.Text()); m != nil {
			url = m[1]
		}
	}
	if want := "华星科技: 30 people, 5 departments"; !strings.HasPrefix(greeting.String(), want) {
		t.Errorf("greeting:\n%s\nwant it to begin with %q", &greeting, want)
	}
	if strings.Contains(greeting.String(), "%!") {
		t.Errorf("greeting is broken:\n%s", &greeting)
	}

	client := &http.Client{Transport: &http.Transport{}}
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		ErrCode int    `json:"errcode"`
		Token   string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.ErrCode != 0 || answer.Token == "" {
		t.Errorf("%s: got %+v, %v, want a token", url, answer, err)
	}
	client.CloseIdleConnections()

	stop()
	for lines.Scan() {
		if lines.Text() != "stopped" {
			t.Errorf("after the end: %q", lines.Text())
		}
	}
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-people", "-1"}, {"-depth", "0"}, {"-nothing"}, {"argument"}, {"-addr", "nowhere:port"},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
	if err := run(t.Context(), []string{"-h"}, io.Discard, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h: got %v, want ErrHelp", err)
	}
}
