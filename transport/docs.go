package transport

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// The paths of the document of the API and of its page.
const (
	documentPath = "/openapi.json"
	docsPath     = "/docs"
	docsOp       = "docs.page"
)

// documentRoutes tell what the API is. They need no token: what they tell is the
// same for every tenant, in the package's own source, and read by tools that
// have none, such as generators of clients.
func (a *api) documentRoutes() []route {
	document := newRoute(a, fullFamily, http.MethodGet, documentPath, "docs.openapi", decodeNone, noResult, a.encodeDocument).as(mediaJSON)
	page := newRoute(a, pageFamily, http.MethodGet, docsPath, docsOp, decodeNone, noResult, a.encodeDocs)
	document.anonymous, page.anonymous = true, true
	return []route{document, page}
}

func noResult(context.Context, none) (none, error) { return none{}, nil }

func (a *api) encodeDocument(ctx context.Context, w http.ResponseWriter, _ none) error {
	c := callFrom(ctx)
	body := a.documents()[c.lang]
	h := w.Header()
	h.Set("Content-Type", mediaJSON)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Content-Language", c.lang)
	h.Set("Vary", "Accept-Language")
	_, _ = w.Write(body) // what fails now is the connection
	return nil
}

// docsGroup are the operations of one group.
type docsGroup struct {
	Name   string
	Family provider.Text
	Lines  []docsLine
}

// docsLine is an operation on the page.
type docsLine struct {
	Method, Path string
	Summary      provider.Text
	Parameters   string
	Token        bool
}

func listingOf(routes []route) []docsGroup {
	var groups []docsGroup
	at := make(map[string]int)
	for _, r := range routes {
		i, known := at[r.tag()]
		if !known {
			i = len(groups)
			at[r.tag()] = i
			groups = append(groups, docsGroup{Name: r.tag(), Family: r.familyName()})
		}
		names := make([]string, len(r.parameters))
		for n, p := range r.parameters {
			names[n] = p.name
		}
		groups[i].Lines = append(groups[i].Lines, docsLine{
			r.method, r.path, summaryOf(r.op), strings.Join(names, ", "), r.needsToken(),
		})
	}
	return groups
}

// docsView is the page of the API.
type docsView struct {
	pageView
	Prefix, Document string
	Groups           []docsGroup
}

// Text returns a text in the language of the page.
func (v docsView) Text(t provider.Text) string { return t.In(v.Lang) }

func (a *api) encodeDocs(ctx context.Context, w http.ResponseWriter, _ none) error {
	c := callFrom(ctx)
	view := docsView{a.view(c), a.cfg.Prefix, a.cfg.Prefix + documentPath, a.listing}
	w.Header().Set("Vary", "Accept-Language")
	return writePage(w, c, http.StatusOK, "docs.html", pagePolicy{nonce: view.Nonce}, view)
}
