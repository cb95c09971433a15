package sync_test

import (
	"context"
	"strings"
	"testing"
	"time"

	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestConfigDefaults(t *testing.T) {
	t.Parallel()
	var zero dirsync.Config
	c := zero.WithDefaults()
	if err := c.Validate(); err != nil {
		t.Errorf("the defaults are not valid: %v", err)
	}
	if c.Guard != (dirsync.Guard{People: 10, Percent: 10}) || c.ReadParallel != 8 || c.BatchSize != 1000 || c.Slice != 15*time.Second {
		t.Errorf("defaults %+v, want those of the documentation", c)
	}
	if zero.ReadParallel != 0 {
		t.Error("WithDefaults changed its receiver")
	}
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*dirsync.Config){
		"Guard.People":    func(c *dirsync.Config) { c.Guard.People = -2 },
		"Guard.Percent":   func(c *dirsync.Config) { c.Guard.Percent = 101 },
		"JoinExisting":    func(c *dirsync.Config) { c.JoinExisting = "x" },
		"InitialPassword": func(c *dirsync.Config) { c.InitialPassword = "x" },
		"HouseNumbers":    func(c *dirsync.Config) { c.InitialPassword = dirsync.HouseNumberMobile },
		"ReadParallel":    func(c *dirsync.Config) { c.ReadParallel = 65 },
		"ApplyParallel":   func(c *dirsync.Config) { c.ApplyParallel = -1 },
		"BatchSize":       func(c *dirsync.Config) { c.BatchSize = 5001 },
		"CallTimeout":     func(c *dirsync.Config) { c.CallTimeout = time.Minute },
		"RetryPause":      func(c *dirsync.Config) { c.RetryPause = time.Hour },
		"Slice":           func(c *dirsync.Config) { c.Slice = time.Millisecond },
		"Node":            func(c *dirsync.Config) { c.Node = "a\x00b" },
		"MaxStreams":      func(c *dirsync.Config) { c.MaxStreams = -2 },
		"StreamLease":     func(c *dirsync.Config) { c.StreamLease = time.Hour },
		"StreamCheck":     func(c *dirsync.Config) { c.StreamCheck = 11 * time.Second },
		"PollInterval":    func(c *dirsync.Config) { c.PollInterval = time.Minute },
	} {
		c := dirsync.Config{}.WithDefaults()
		change(&c)
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s: %v, want a fault that names it", name, err)
		}
	}
	c := dirsync.Config{ReadParallel: 100, BatchSize: -1}.WithDefaults()
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "ReadParallel") || !strings.Contains(err.Error(), "BatchSize") {
		t.Errorf("%v, want both faults", err)
	}
	c = dirsync.Config{InitialPassword: dirsync.HouseNumberMobile}.WithDefaults()
	c.HouseNumbers = func(context.Context, tenant.ID) (string, error) { return "", nil }
	if err := c.Validate(); err != nil {
		t.Errorf("%v, want no fault", err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	p := platform{}
	if _, err := dirsync.New(dirsync.Ports{}, dirsync.Config{}); err == nil || !strings.Contains(err.Error(), "no Store") ||
		!strings.Contains(err.Error(), "no Authorizer") || strings.Contains(err.Error(), "Events") {
		t.Errorf("without ports: %v, want an error that names those that are required", err)
	}
	if _, err := dirsync.New(p.ports(), dirsync.Config{BatchSize: -1}); err == nil || !strings.Contains(err.Error(), "BatchSize") {
		t.Errorf("with a wrong configuration: %v, want an error that names it", err)
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	for state, want := range map[dirsync.State]struct{ finished, resting bool }{
		dirsync.StateQueued:        {false, false},
		dirsync.StateReading:       {false, false},
		dirsync.StatePlanning:      {false, false},
		dirsync.StateApplying:      {false, false},
		dirsync.StateNeedsApproval: {false, true},
		dirsync.StatePlanned:       {true, true},
		dirsync.StateSucceeded:     {true, true},
		dirsync.StatePartial:       {true, true},
		dirsync.StateFailed:        {true, true},
		dirsync.StateCancelled:     {true, true},
		dirsync.StateDiscarded:     {true, true},
	} {
		if state.Finished() != want.finished || state.Resting() != want.resting {
			t.Errorf("%s: finished %t, resting %t; want %+v", state, state.Finished(), state.Resting(), want)
		}
	}
}

func TestCountsTotal(t *testing.T) {
	t.Parallel()
	c := dirsync.Counts{
		Departments: map[dirsync.Kind]int{dirsync.KindCreate: 2, dirsync.KindMove: 1},
		People:      map[dirsync.Kind]int{dirsync.KindCreate: 3, dirsync.KindLeave: 4},
	}
	total := c.Total()
	if len(total) != 3 || total[dirsync.KindCreate] != 5 || total[dirsync.KindMove] != 1 || total[dirsync.KindLeave] != 4 {
		t.Errorf("total %v", total)
	}
	if got := (dirsync.Counts{}).Total(); got == nil || len(got) != 0 {
		t.Errorf("total of nothing %v, want an empty map", got)
	}
}
