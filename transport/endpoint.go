package transport

import (
	"context"
	"net/http"
	"reflect"
	"time"

	kitendpoint "github.com/go-kit/kit/endpoint"
	kithttp "github.com/go-kit/kit/transport/http"
)

// family is one of the two styles of this API.
type family int

const (
	// compatFamily is the contract of existing front ends: HTTP status 200 also
	// for refusals, their code in the envelope.
	compatFamily family = iota
	// fullFamily tells refusals by HTTP status, with an error object in the envelope.
	fullFamily
	// pageFamily is for people: its refusals are pages.
	pageFamily
)

// outcome is what an endpoint answers: a result, or a refusal. A refusal is not
// a go-kit error, so that middlewares can tell it from a fault of the
// transport; see kitendpoint.Failer.
type outcome[T any] struct {
	result T
	err    error
}

var _ kitendpoint.Failer = outcome[int]{}

// Failed implements kitendpoint.Failer.
func (o outcome[T]) Failed() error { return o.err }

// makeEndpoint turns a typed operation into a go-kit endpoint.
func makeEndpoint[Req, Resp any](f func(context.Context, Req) (Resp, error)) kitendpoint.Endpoint {
	return func(ctx context.Context, request any) (any, error) {
		result, err := f(ctx, request.(Req)) //nolint:errcheck // newRoute pairs it with the decoder of Req
		return outcome[Resp]{result, err}, nil
	}
}

// decoder reads the request of an operation. What it refuses is an error of
// code InvalidArgument that names the field.
type decoder[Req any] func(*http.Request) (Req, error)

func makeDecoder[Req any](d decoder[Req]) kithttp.DecodeRequestFunc {
	return func(_ context.Context, r *http.Request) (any, error) { return d(r) }
}

// makeEncoder turns an encoder of results into go-kit's; a refusal goes to the
// server's error encoder.
func makeEncoder[Resp any](
	enc func(ctx context.Context, w http.ResponseWriter, result Resp) error,
) kithttp.EncodeResponseFunc {
	return func(ctx context.Context, w http.ResponseWriter, response any) error {
		o := response.(outcome[Resp]) //nolint:errcheck // what makeEndpoint returns
		if err := o.Failed(); err != nil {
			return err
		}
		return enc(ctx, w, o.result)
	}
}

// route is one line of the table of operations.
type route struct {
	method string
	// path is below the prefix; {id} names a piece.
	path string
	// op names the operation in logs and metrics.
	op     string
	family family
	server *kithttp.Server
	// wait is how long the operation may take on purpose.
	wait time.Duration
	// maxBody is the largest body in bytes; 0 means Config.MaxBody.
	maxBody int64
	// anonymous is true for an operation that needs no principal.
	anonymous bool
	// stream is true for an operation that goes on until its client leaves.
	stream bool
	// overlaps is true when a path with a name in it matches the path, too, and
	// has its other methods.
	overlaps bool
	// visitors is true for a step of a login, which finds out who it is.
	visitors bool
	// mark is what it does to the mark of a login that has begun.
	mark markUse
	// parameters are the query parameters it reads.
	parameters []parameter
	// whole is true for a list that is always answered in one piece.
	whole bool
	// headers are the headers it reads besides those that all read.
	headers []parameter
	// body and form are the types of its request's body, as JSON and as a form;
	// nil for none. bodyOptional is true when the body may be left out.
	body, form   reflect.Type
	bodyOptional bool
	// result is the type of its result, nil for none; statuses are those of its
	// success, and media is what it answers then if that is no envelope.
	result   reflect.Type
	statuses []int
	media    string
	// foreignQuery is true for an operation whose query is somebody else's.
	foreignQuery bool
}

// overlapping returns the route of a path that another one matches, too.
func (r route) overlapping() route {
	r.overlaps = true
	return r
}

// waiting returns the route of an operation that waits for an outcome.
func (r route) waiting(d time.Duration) route {
	r.wait = d
	return r
}

// taking returns the route of an operation whose bodies may be larger than
// Config.MaxBody.
func (r route) taking(bytes int64) route {
	r.maxBody = bytes
	return r
}

// marking returns the route with what it does to the mark.
func (r route) marking(use markUse) route {
	r.mark = use
	return r
}

// forVisitors returns the route of a step of a login.
func (r route) forVisitors() route {
	r.visitors = true
	return r
}

func newRoute[Req, Resp any](
	a *api, fam family, method, path, op string,
	dec decoder[Req], f func(context.Context, Req) (Resp, error),
	enc func(context.Context, http.ResponseWriter, Resp) error,
) route {
	return route{
		method: method, path: path, op: op, family: fam,
		result: reflect.TypeFor[Resp](), statuses: []int{http.StatusOK},
		server: kithttp.NewServer(makeEndpoint(f), makeDecoder(dec), makeEncoder(enc),
			kithttp.ServerErrorEncoder(a.encodeError)),
	}
}

// compat is an operation of the compatible family.
func compat[Req any](
	a *api, method, path, op string, dec decoder[Req], f func(context.Context, Req) (reply, error),
) route {
	r := newRoute(a, compatFamily, method, path, op, dec, f, a.encodeReply)
	r.result = nil // a reply does not tell
	return r
}

// full is an operation of the full family that answers with status 200.
func full[Req, Resp any](
	a *api, method, path, op string, dec decoder[Req], f func(context.Context, Req) (Resp, error),
) route {
	return newRoute(a, fullFamily, method, path, op, dec, f, resultEncoder[Resp](a, http.StatusOK))
}

// fullPost is an operation of the full family that answers with another status
// of success.
func fullPost[Req, Resp any](
	a *api, status int, path, op string, dec decoder[Req], f func(context.Context, Req) (Resp, error),
) route {
	return newRoute(a, fullFamily, http.MethodPost, path, op, dec, f, resultEncoder[Resp](a, status)).answeredWith(status)
}

// fullStream is an operation of the full family whose answer is a stream of
// server-sent events.
func fullStream[Req any](
	a *api, path, op string, dec decoder[Req], f func(context.Context, Req) (eventStream, error),
) route {
	r := newRoute(a, fullFamily, http.MethodGet, path, op, dec, f, a.encodeStream)
	r.stream = true
	return r.as(mediaSSE)
}
