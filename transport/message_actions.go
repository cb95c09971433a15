package transport

import (
	"context"
	"net/http"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
)

func (a *api) cancelMessage(ctx context.Context, id string) (messageBody, error) {
	m, err := a.services.Messages.Cancel(ctx, tenantOf(ctx), id)
	return callFrom(ctx).message(m), err
}

// recallBody is a message with what could not be taken back of it.
type recallBody struct {
	messageBody

	Batches []recalledBatch `json:"batches"`
}

// recalledBatch is what became of the recall of one batch.
type recalledBatch struct {
	Number         int                     `json:"number"`
	State          messaging.DeliveryState `json:"state"`
	ProviderTaskID string                  `json:"providerTaskId"`
	Error          *storedError            `json:"error"`
}

func (a *api) recallMessage(ctx context.Context, id string) (recallBody, error) {
	res, err := a.services.Messages.RecallAndWait(ctx, tenantOf(ctx), id, a.cfg.SendWait)
	body := recallBody{messageBody: callFrom(ctx).message(res.Message), Batches: []recalledBatch{}}
	for _, b := range res.Batches {
		body.Batches = append(body.Batches, recalledBatch{
			Number: b.Number, State: b.State, ProviderTaskID: b.TaskID,
			Error: a.deliveryError(callFrom(ctx), b.RecallFailure),
		})
	}
	return body, err
}

// replayRequest asks for deliveries to be sent again.
type replayRequest struct {
	id     string
	states []messaging.DeliveryState
}

// replayBody is the optional body of a replay.
type replayBody struct {
	States []messaging.DeliveryState `json:"states"`
}

func decodeReplay(r *http.Request) (req replayRequest, err error) {
	if req.id, err = decodeID(r); err != nil || r.ContentLength == 0 {
		return req, err
	}
	body, err := decodeBody[replayBody](r)
	req.states = body.States
	return req, err
}

func (a *api) replayMessage(ctx context.Context, req replayRequest) (messageBody, error) {
	m, err := a.services.Messages.Replay(ctx, tenantOf(ctx), req.id, req.states)
	return callFrom(ctx).message(m), err
}

// statusRequest changes the status bar of a notice.
type statusRequest struct {
	id     string
	status provider.Status
}

func decodeStatus(r *http.Request) (req statusRequest, err error) {
	if req.id, err = decodeID(r); err != nil {
		return req, err
	}
	req.status, err = decodeBody[provider.Status](r)
	return req, err
}

func (a *api) messageStatus(ctx context.Context, req statusRequest) (none, error) {
	return none{}, a.services.Messages.UpdateStatus(ctx, tenantOf(ctx), req.id, req.status)
}
