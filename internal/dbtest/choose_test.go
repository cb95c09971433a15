package dbtest_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/internal/dbtest"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	absent := fmt.Errorf("no engine: %w", dbtest.ErrAbsent)
	broken := errors.New("no space left")
	tests := []struct {
		name    string
		via     string
		ways    []dbtest.Way
		tried   []string
		said    []string
		wantErr string
	}{
		{
			name:  "the first that works",
			ways:  []dbtest.Way{{Name: "docker", Err: absent}, {Name: "binaries"}, {Name: "server"}},
			tried: []string{"docker", "binaries"},
		},
		{
			name:  "past one that is there and fails",
			ways:  []dbtest.Way{{Name: "docker", Err: broken}, {Name: "binaries"}},
			tried: []string{"docker", "binaries"},
			said:  []string{"not used: docker: no space left"},
		},
		{
			name:    "none",
			ways:    []dbtest.Way{{Name: "docker", Err: absent}, {Name: "binaries", Err: broken}},
			tried:   []string{"docker", "binaries"},
			said:    []string{"not used: binaries: no space left"},
			wantErr: "no PostgreSQL server for tests: docker: no engine: not here; binaries: no space left",
		},
		{
			name:  "the one asked for",
			via:   "binaries",
			ways:  []dbtest.Way{{Name: "docker"}, {Name: "binaries"}},
			tried: []string{"binaries"},
		},
		{
			name:    "the one asked for fails",
			via:     "docker",
			ways:    []dbtest.Way{{Name: "docker", Err: absent}, {Name: "binaries"}},
			tried:   []string{"docker"},
			wantErr: "THIRDAPP_TEST_POSTGRES_VIA=docker: no engine: not here",
		},
		{
			name:    "the one asked for does not exist",
			via:     "podman",
			ways:    []dbtest.Way{{Name: "docker"}},
			wantErr: "THIRDAPP_TEST_POSTGRES_VIA=podman: want docker, binaries or server",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tried, said, err := dbtest.Choose(t.Context(), tt.via, tt.ways...)
			if !slices.Equal(tried, tt.tried) {
				t.Errorf("tried %q, want %q", tried, tt.tried)
			}
			if !slices.Equal(said, tt.said) {
				t.Errorf("said %q, want %q", said, tt.said)
			}
			if got := fmt.Sprint(err); tt.wantErr != "" && got != tt.wantErr {
				t.Errorf("got error %q, want %q", got, tt.wantErr)
			}
			if tt.wantErr == "" && err != nil {
				t.Errorf("got error %v, want none", err)
			}
		})
	}
}

func TestRefuse(t *testing.T) { // not parallel: sets an environment variable
	_, _, none := dbtest.Choose(t.Context(), "", dbtest.Way{Name: "docker", Err: dbtest.ErrAbsent})
	_, _, forced := dbtest.Choose(t.Context(), "docker", dbtest.Way{Name: "docker", Err: dbtest.ErrAbsent})
	tests := []struct {
		name    string
		ci      string
		err     error
		skipped bool
	}{
		{"no server on a developer's machine", "", none, true},
		{"no server in CI", "true", none, false},
		{"the server that was asked for fails", "", forced, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("CI", tt.ci)
			rec := record(t, func(tb testing.TB) { dbtest.Refuse(tb, tt.err) })
			if rec.skipped != tt.skipped || rec.failed == tt.skipped {
				t.Errorf("got skipped %t, failed %t; want skipped %t", rec.skipped, rec.failed, tt.skipped)
			}
			if want := "dbtest: " + tt.err.Error(); rec.message != want {
				t.Errorf("got message %q, want %q", rec.message, want)
			}
		})
	}
}
