package transport

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// parameter is a query parameter or header that an operation reads, as the table
// of routes names it: what is not named is refused on full paths, and the
// document of the API has no other ones.
type parameter struct {
	name  string
	about provider.Text
	// kind is the type in JSON Schema: "" is string.
	kind string
	// format is "date-time", or "" for none.
	format string
	// values are the only ones; nil for any.
	values   []string
	required bool
}

func textParam(name, zh, en string) parameter {
	return parameter{name: name, about: provider.Text{ZH: zh, EN: en}}
}

func choiceParam[T ~string](name, zh, en string, values ...T) parameter {
	p := textParam(name, zh, en)
	for _, v := range values {
		p.values = append(p.values, string(v))
	}
	return p
}

func momentParam(name, zh, en string) parameter {
	p := textParam(name, zh, en)
	p.format = "date-time"
	return p
}

// needed returns the parameter as one that must be there.
func (p parameter) needed() parameter {
	p.required = true
	return p
}

// pageParams are what page reads.
func pageParams() []parameter {
	limit := textParam("limit", "每页条数，1到200，默认50", "items a page, 1 to 200, 50 if absent")
	limit.kind = "integer"
	return []parameter{limit, textParam("cursor", "上一页返回的nextCursor", "the nextCursor of the page before")}
}

// kindParam is what decodeKind reads.
func (a *api) kindParam() parameter {
	return choiceParam("provider", "应用类型", "kind of the office app", a.kinds()...)
}

// tenantQuery is what queryTenant reads, on every path that has a tenant.
func tenantQuery() parameter {
	return textParam(tenantParam, "租户ID；须与请求头X-Tenant-Id一致", "the tenant's id, the same as in the header X-Tenant-Id")
}

// cacheBuster is a parameter that front ends with JeecgBoot's HTTP client add to
// every GET, with the time as its value, so that no cache answers. Nobody
// mistypes it, and refusing it would refuse them everything.
const cacheBuster = "_t"

// query returns the route of an operation that reads query parameters.
func (r route) query(parameters ...parameter) route {
	r.parameters = append(slices.Clip(r.parameters), parameters...)
	return r
}

// inOnePiece returns the route of a list without pages. Who reads it like any
// other list sends limit and cursor, and is done after the first piece.
func (r route) inOnePiece() route {
	r.whole = true
	return r
}

// strict refuses query parameters that an operation of the full family does not
// have: a filter that is mistyped must not select everything.
func (a *api) strict(r route, next http.Handler) http.Handler {
	if r.family != fullFamily || r.foreignQuery {
		return next
	}
	var names []string
	for _, p := range r.parameters {
		names = append(names, p.name)
	}
	allowed := slices.Concat(names, a.cfg.HostParameters, []string{tenantParam, cacheBuster})
	if r.whole {
		allowed = append(allowed, "limit", "cursor")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.RawQuery != "" {
			for _, name := range slices.Sorted(maps.Keys(req.URL.Query())) {
				if !slices.Contains(allowed, name) {
					a.encodeError(req.Context(), errUnknownParameter(name, names), w)
					return
				}
			}
		}
		next.ServeHTTP(w, req)
	})
}

func errUnknownParameter(name string, known []string) error {
	name = shown(strings.ToValidUTF8(name, "?"))
	if len(known) == 0 {
		return invalid(name, "未知参数："+name+"；此接口没有查询参数", "unknown parameter: "+name+"; this path takes none")
	}
	return invalid(name, "未知参数："+name+"；可用的参数："+strings.Join(known, "、"),
		"unknown parameter: "+name+"; this path takes "+strings.Join(known, ", "))
}
