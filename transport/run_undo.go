package transport

import (
	"context"
	"net/http"
)

// undoRequest asks for a run to be taken back.
type undoRequest struct {
	run    string
	dryRun bool
}

// undoBody is the body of POST /sync/runs/{id}/undo, which may be left out.
type undoBody struct {
	DryRun bool `json:"dryRun"`
}

func decodeUndo(r *http.Request) (req undoRequest, err error) {
	if req.run, err = decodeID(r); err != nil || r.ContentLength == 0 {
		return req, err
	}
	body, err := decodeBody[undoBody](r)
	req.dryRun = body.DryRun
	return req, err
}

func (a *api) undoRun(ctx context.Context, req undoRequest) (runBody, error) {
	r, err := a.services.Sync.Undo(ctx, tenantOf(ctx), req.run, req.dryRun)
	return oneRun(ctx, r, err)
}
