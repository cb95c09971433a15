package transport

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// decodePushedUsers reads the comma-separated ids of the platform's users;
// without any it is everybody.
func decodePushedUsers(r *http.Request) (dirsync.RunRequest, error) {
	req := pushOf(dirsync.EntityPerson)
	for id := range strings.SplitSeq(r.URL.Query().Get("ids"), ",") {
		if id = strings.TrimSpace(id); id != "" {
			req.Mode, req.People = dirsync.Incremental, append(req.People, provider.UserID(id))
		}
	}
	return req, nil
}

// decodePushedDepartments takes no notice of ids: the contract accepts and
// ignores them.
func decodePushedDepartments(*http.Request) (dirsync.RunRequest, error) {
	return pushOf(dirsync.EntityDepartment), nil
}

func pushOf(only dirsync.Entity) dirsync.RunRequest {
	return dirsync.RunRequest{Provider: provider.DingTalk, Direction: dirsync.Push, Mode: dirsync.Full, Only: only}
}

// pushDingTalk starts a push and waits a while for its end. It never removes
// anything at the office app.
func (a *api) pushDingTalk(ctx context.Context, req dirsync.RunRequest) (reply, error) {
	run, err := a.toItsEnd(ctx, req, a.buttonWait)
	if err != nil {
		return reply{}, err
	}
	info, err := a.services.Sync.Summary(ctx, tenantOf(ctx), run.ID, 0)
	if err != nil {
		return reply{}, err
	}
	r := pullReply(run, info)
	if req.Only == dirsync.EntityDepartment && r.outcome == provider.OK && run.State.Finished() {
		r.result = nil // the contract's answer to departments
	}
	return r, nil
}

// toItsEnd starts a run and waits a while for its end. One that is under way
// and does what is asked for is joined: the contract has no word for it.
func (a *api) toItsEnd(ctx context.Context, req dirsync.RunRequest, wait time.Duration) (dirsync.Run, error) {
	end := a.cfg.Now().Add(wait)
	for {
		run, err := a.services.Sync.StartRun(ctx, tenantOf(ctx), req)
		id, joined := run.ID, false
		if err != nil {
			if id, joined = activeRun(err); !joined {
				return dirsync.Run{}, err
			}
		}
		run, waitErr := a.services.Sync.Wait(ctx, tenantOf(ctx), id, end.Sub(a.cfg.Now()))
		switch {
		case waitErr != nil:
			return dirsync.Run{}, waitErr
		case joined && another(run, req) && !run.State.Finished():
			return dirsync.Run{}, err
		case joined && another(run, req):
			continue // it is out of the way now
		}
		return run, nil
	}
}

// another reports whether a run does not do what is asked for.
func another(run dirsync.Run, req dirsync.RunRequest) bool {
	return run.DryRun || run.Mode != dirsync.Full || req.Mode != dirsync.Full ||
		run.Direction != req.Direction || run.Only != req.Only || run.Deletes
}
