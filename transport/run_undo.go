package transport

import (
	"context"
	"net/http"

	dirsync "github.com/thirdapp/thirdapp/sync"
)

// undoRequest asks for a run to be taken back.
type undoRequest struct {
	run string
	dirsync.UndoRequest
}

// undoBody is the body of POST /sync/runs/{id}/undo, which may be left out.
type undoBody struct {
	DryRun bool `json:"dryRun"`
	// Deletes is for the undo of a push.
	Deletes bool `json:"deletes"`
}

func decodeUndo(r *http.Request) (req undoRequest, err error) {
	if req.run, err = decodeID(r); err != nil || r.ContentLength == 0 {
		return req, err
	}
	body, err := decodeBody[undoBody](r)
	req.UndoRequest = dirsync.UndoRequest{DryRun: body.DryRun, Deletes: body.Deletes}
	return req, err
}

func (a *api) undoRun(ctx context.Context, req undoRequest) (runBody, error) {
	r, err := a.services.Sync.Undo(ctx, tenantOf(ctx), req.run, req.UndoRequest)
	return oneRun(ctx, r, err)
}
