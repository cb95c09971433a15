package transport

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// newRun is the body of POST /sync/runs. IDs are of people: at the office app
// for a pull, on the platform for a push. Only and Deletes are for a push.
type newRun struct {
	Provider  provider.Kind     `json:"provider" schema:"required"`
	Direction dirsync.Direction `json:"direction"`
	Mode      dirsync.Mode      `json:"mode"`
	DryRun    bool              `json:"dryRun"`
	// OnActive says what becomes of the request while another run is under way.
	OnActive onActive       `json:"onActive"`
	Only     dirsync.Entity `json:"only" schema:"empty"`
	Deletes  bool           `json:"deletes"`

	IDs           []provider.UserID       `json:"ids"`
	DepartmentIDs []provider.DepartmentID `json:"departmentIds"`
}

// onActive is what a request does about a run that is under way.
type onActive string

const (
	// refuseActive refuses, and names that run; the default.
	refuseActive onActive = "refuse"
	// joinActive returns that run when it does what was asked for.
	joinActive onActive = "join"
)

// runStart is a request for a run.
type runStart struct {
	dirsync.RunRequest
	join bool
}

func decodeRunStart(r *http.Request) (runStart, error) {
	body, err := decodeBody[newRun](r)
	switch {
	case err != nil:
		return runStart{}, err
	case body.Provider == "":
		return runStart{}, errNoProvider()
	case body.OnActive != "" && body.OnActive != refuseActive && body.OnActive != joinActive:
		return runStart{}, invalid("onActive", "字段onActive只能是refuse或join", "onActive: want refuse or join")
	}
	return runStart{
		join: body.OnActive == joinActive,
		RunRequest: dirsync.RunRequest{
			Provider: body.Provider, Direction: body.Direction, Mode: body.Mode, DryRun: body.DryRun,
			People: body.IDs, Departments: body.DepartmentIDs, Only: body.Only, Deletes: body.Deletes,
		},
	}, nil
}

// runBody is a run.
type runBody struct {
	ID        string            `json:"id"`
	Provider  provider.Kind     `json:"provider"`
	AppID     string            `json:"appId"`
	Direction dirsync.Direction `json:"direction"`
	Mode      dirsync.Mode      `json:"mode"`
	DryRun    bool              `json:"dryRun"`
	// Only and Deletes are those of a push.
	Only    dirsync.Entity `json:"only" schema:"empty"`
	Deletes bool           `json:"deletes"`
	// Undoes is the run that this one takes back, in mode undo.
	Undoes   string        `json:"undoes"`
	State    dirsync.State `json:"state"`
	Phase    dirsync.Phase `json:"phase"`
	Complete bool          `json:"complete"`
	Approved bool          `json:"approved"`
	// CancelRequested is true until a cancelled run has stopped.
	CancelRequested bool `json:"cancelRequested"`
	// Counts are the changes of the plan by kind; CountsByEntity has those of
	// departments and people apart.
	Counts         map[dirsync.Kind]int `json:"counts"`
	CountsByEntity entityCounts         `json:"countsByEntity"`
	Progress       progressBody         `json:"progress"`
	Estimate       estimateBody         `json:"estimate"`
	// MissingPermissions is null when the office app was not asked.
	MissingPermissions []missingPermission `json:"missingPermissions" schema:"nullable"`

	Error      *storedError           `json:"error"`
	Failures   []departmentFailureRow `json:"failures"`
	StartedBy  string                 `json:"startedBy"`
	CreatedAt  time.Time              `json:"createdAt"`
	StartedAt  *time.Time             `json:"startedAt"`
	FinishedAt *time.Time             `json:"finishedAt"`
	UpdatedAt  time.Time              `json:"updatedAt"`
}

type entityCounts struct {
	Departments map[dirsync.Kind]int `json:"departments"`
	People      map[dirsync.Kind]int `json:"people"`
}

type progressBody struct {
	Departments       int `json:"departments"`
	DepartmentsDone   int `json:"departmentsDone"`
	DepartmentsFailed int `json:"departmentsFailed"`
	PeopleRead        int `json:"peopleRead"`
	Changes           int `json:"changes"`
	ChangesApplied    int `json:"changesApplied"`
	ChangesFailed     int `json:"changesFailed"`
}

// estimateBody is how far the phase of a run is.
type estimateBody struct {
	Done int `json:"done"`
	// Total is 0 while it is not known.
	Total     int     `json:"total"`
	PerSecond float64 `json:"perSecond"`
	// RemainingSeconds is null while it is not known.
	RemainingSeconds *int `json:"remainingSeconds"`
}

func estimateOf(e dirsync.Estimate) estimateBody {
	b := estimateBody{Done: e.Done, Total: e.Total, PerSecond: math.Round(e.PerSecond*10) / 10}
	if e.PerSecond > 0 && e.Total > 0 {
		left := int(e.Remaining.Seconds())
		b.RemainingSeconds = &left
	}
	return b
}

// missingPermission is a permission with the name it has in the office app's
// console.
type missingPermission struct {
	Name   string `json:"name"`
	Code   string `json:"code"`
	Needed string `json:"needed"`
	Remedy string `json:"remedy"`
}

func missingPermissions(c *call, list []dirsync.MissingPermission) []missingPermission {
	if list == nil {
		return nil
	}
	out := make([]missingPermission, len(list))
	for i, p := range list {
		out[i] = missingPermission{p.Name, p.Code, c.text(p.Needed), c.text(p.Remedy)}
	}
	return out
}

// departmentFailureRow is a department that could not be read.
type departmentFailureRow struct {
	DepartmentID provider.DepartmentID `json:"departmentId"`
	Name         string                `json:"name"`
	*storedError
}

func runOf(c *call, r dirsync.Run) runBody {
	b := runBody{
		ID: r.ID, Provider: r.Provider, AppID: r.AppID, Direction: r.Direction, Mode: r.Mode, DryRun: r.DryRun, Undoes: r.Undoes,
		Only: r.Only, Deletes: r.Deletes,
		State: r.State, Phase: r.Phase, Complete: r.Complete, Approved: r.Approved,
		CancelRequested: r.CancelRequested && !r.State.Finished(),
		Counts:          r.Counts.Total(),
		CountsByEntity:  entityCounts{orEmpty(r.Counts.Departments), orEmpty(r.Counts.People)},
		Progress:        progressBody(r.Progress),
		Estimate:        estimateOf(r.Estimate()),

		MissingPermissions: missingPermissions(c, r.MissingPermissions),

		Error:     runError(c, r.Error),
		Failures:  []departmentFailureRow{},
		StartedBy: r.StartedBy, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
		StartedAt: optionalTime(r.StartedAt), FinishedAt: optionalTime(r.FinishedAt),
	}
	for _, f := range r.Failures {
		b.Failures = append(b.Failures, departmentFailureRow{f.DepartmentID, f.Name, runError(c, &f.Failure)})
	}
	return b
}

func orEmpty(m map[dirsync.Kind]int) map[dirsync.Kind]int {
	if m == nil {
		return map[dirsync.Kind]int{}
	}
	return m
}

// oneRun shows what an operation on a run returned.
func oneRun(ctx context.Context, r dirsync.Run, err error) (runBody, error) {
	if err != nil {
		return runBody{}, err
	}
	return runOf(callFrom(ctx), r), nil
}

// startedBody is the run that a request has started or joined.
type startedBody struct {
	runBody
	// Joined is true for a run that was under way already.
	Joined bool `json:"joined"`
}

func (a *api) startRun(ctx context.Context, req runStart) (startedBody, error) {
	var r dirsync.Run
	var joined bool
	var err error
	if req.join {
		r, joined, err = a.services.Sync.StartOrJoin(ctx, tenantOf(ctx), req.RunRequest)
	} else {
		r, err = a.services.Sync.StartRun(ctx, tenantOf(ctx), req.RunRequest)
	}
	body, err := oneRun(ctx, r, err)
	return startedBody{body, joined}, err
}

func (a *api) run(ctx context.Context, id string) (runBody, error) {
	r, err := a.services.Sync.Run(ctx, tenantOf(ctx), id)
	return oneRun(ctx, r, err)
}

func (a *api) cancelRun(ctx context.Context, id string) (runBody, error) {
	r, err := a.services.Sync.Cancel(ctx, tenantOf(ctx), id)
	return oneRun(ctx, r, err)
}

func (a *api) approveRun(ctx context.Context, id string) (runBody, error) {
	r, err := a.services.Sync.Approve(ctx, tenantOf(ctx), id)
	return oneRun(ctx, r, err)
}

func (a *api) discardRun(ctx context.Context, id string) (runBody, error) {
	r, err := a.services.Sync.Discard(ctx, tenantOf(ctx), id)
	return oneRun(ctx, r, err)
}

type runList struct {
	filter dirsync.RunFilter
	page   tenant.Page
}

// runParams are what decodeRunList reads.
func (a *api) runParams() []parameter {
	return append([]parameter{
		a.kindParam(),
		choiceParam("direction", "方向", "direction", dirsync.Directions()...),
		choiceParam("state", "状态", "state", dirsync.States()...),
		momentParam("from", "请求时间不早于", "asked for not before"),
		momentParam("to", "请求时间早于", "asked for before"),
	}, pageParams()...)
}

func (a *api) decodeRunList(r *http.Request) (req runList, err error) {
	if req.filter.Provider, err = a.decodeKind(r); err != nil {
		return req, err
	}
	query, f := r.URL.Query(), &req.filter
	if f.Direction, err = oneOf(query, "direction", dirsync.Directions()...); err != nil {
		return req, err
	}
	if f.State, err = oneOf(query, "state", dirsync.States()...); err != nil {
		return req, err
	}
	if f.From, f.To, err = span(query, "from", "to"); err != nil {
		return req, err
	}
	req.page, err = page(query)
	return req, err
}

func (a *api) runs(ctx context.Context, req runList) (items[runBody], error) {
	list, err := a.services.Sync.Runs(ctx, tenantOf(ctx), req.filter, req.page)
	c := callFrom(ctx)
	return listOf(list, func(r dirsync.Run) runBody { return runOf(c, r) }), err
}

type changeList struct {
	changeSelection
	page tenant.Page
}

func decodeChangeList(r *http.Request) (req changeList, err error) {
	if req.changeSelection, err = decodeChangeSelection(r); err != nil {
		return req, err
	}
	req.page, err = page(r.URL.Query())
	return req, err
}

// changeSelection names some changes of a run.
type changeSelection struct {
	run    string
	filter dirsync.ChangeFilter
}

// The values of the parameters of a selection of changes.
func changeEntities() []dirsync.Entity {
	return []dirsync.Entity{dirsync.EntityDepartment, dirsync.EntityPerson}
}

func changeKinds() []dirsync.Kind {
	return []dirsync.Kind{
		dirsync.KindCreate, dirsync.KindUpdate, dirsync.KindMove, dirsync.KindLeaving, dirsync.KindLeave,
		dirsync.KindRejoin, dirsync.KindUnbind, dirsync.KindConflict,
	}
}

func changeStates() []dirsync.ChangeState {
	return []dirsync.ChangeState{dirsync.ChangePending, dirsync.ChangeApplied, dirsync.ChangeFailed, dirsync.ChangeSkipped}
}

// changeParams are what decodeChangeSelection reads.
func changeParams() []parameter {
	return []parameter{
		choiceParam("entity", "对象", "what the change is of", changeEntities()...),
		choiceParam("kind", "变更类型", "what the change does", changeKinds()...),
		choiceParam("state", "变更状态", "what became of the change", changeStates()...),
	}
}

func decodeChangeSelection(r *http.Request) (req changeSelection, err error) {
	if req.run, err = decodeID(r); err != nil {
		return req, err
	}
	query := r.URL.Query()
	req.filter.Entity, err = oneOf(query, "entity", changeEntities()...)
	if err != nil {
		return req, err
	}
	req.filter.Kind, err = oneOf(query, "kind", changeKinds()...)
	if err != nil {
		return req, err
	}
	req.filter.State, err = oneOf(query, "state", changeStates()...)
	return req, err
}

// changeBody is one difference between directory and platform.
type changeBody struct {
	ID       string              `json:"id"`
	Entity   dirsync.Entity      `json:"entity"`
	Kind     dirsync.Kind        `json:"kind"`
	RemoteID string              `json:"remoteId"`
	LocalID  string              `json:"localId"`
	Account  string              `json:"account"`
	Name     string              `json:"name"`
	Fields   []dirsync.Field     `json:"fields"`
	State    dirsync.ChangeState `json:"state"`
	Reason   string              `json:"reason"`
}

func (a *api) changes(ctx context.Context, req changeList) (items[changeBody], error) {
	list, err := a.services.Sync.Changes(ctx, tenantOf(ctx), req.run, req.filter, req.page)
	c := callFrom(ctx)
	return listOf(list, func(ch dirsync.Change) changeBody {
		return changeBody{
			ID: ch.ID, Entity: ch.Entity, Kind: ch.Kind, RemoteID: ch.RemoteID, LocalID: ch.LocalID,
			Account: ch.Account, Name: ch.Name, Fields: append([]dirsync.Field{}, ch.Fields...),
			State: ch.State, Reason: c.text(ch.Reason),
		}
	}), err
}
