package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Document is a document of the API. It is safe for concurrent use.
type Document struct {
	prefix string
	mux    *http.ServeMux
	paths  map[string]map[string]operation

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

type operation struct {
	RequestBody struct {
		Content map[string]json.RawMessage
	}
	Responses map[string]struct {
		Content map[string]json.RawMessage
	}
}

// address is where the document lies for its own references.
const address = "https://host.example.com/openapi.json"

// Parse reads a document, and fails when it is no valid OpenAPI.
func Parse(raw []byte) (*Document, error) {
	parsed, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return nil, fmt.Errorf("apitest: load: %w", err)
	}
	// A description beside a $ref is what OpenAPI 3.1 allows and 3.0 does not.
	if err := parsed.Validate(context.Background(), openapi3.AllowExtraSiblingFields("description")); err != nil {
		return nil, fmt.Errorf("apitest: validate: %w", err)
	}
	var known struct {
		Servers []struct{ URL string }
		Paths   map[string]map[string]operation
	}
	if err := json.Unmarshal(raw, &known); err != nil {
		return nil, fmt.Errorf("apitest: read: %w", err)
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("apitest: read: %w", err)
	}
	strict(whole)
	d := &Document{
		prefix: strings.TrimSuffix(known.Servers[0].URL, "/"), mux: http.NewServeMux(), paths: known.Paths,
		compiler: jsonschema.NewCompiler(), compiled: make(map[string]*jsonschema.Schema),
	}
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(address, whole); err != nil {
		return nil, fmt.Errorf("apitest: read: %w", err)
	}
	for path, methods := range known.Paths {
		for method := range methods {
			d.mux.Handle(strings.ToUpper(method)+" "+path, http.NotFoundHandler())
		}
	}
	return d, nil
}

// strict lets objects have only the fields that they are said to have.
func strict(node any) {
	switch n := node.(type) {
	case map[string]any:
		_, open := n["additionalProperties"]
		if _, object := n["properties"].(map[string]any); object && !open {
			n["additionalProperties"] = false
		}
		for _, inner := range n {
			strict(inner)
		}
	case []any:
		for _, inner := range n {
			strict(inner)
		}
	}
}

// Operations returns the operations as "METHOD path".
func (d *Document) Operations() []string {
	var list []string
	for path, methods := range d.paths {
		for method := range methods {
			list = append(list, strings.ToUpper(method)+" "+path)
		}
	}
	return list
}

// find returns the operation that a request is for; ok is false when there is
// none.
func (d *Document) find(r *http.Request) (method, path string, ok bool) {
	url := *r.URL
	url.Path, ok = strings.CutPrefix(url.Path, d.prefix)
	if !ok {
		return "", "", false
	}
	_, pattern := d.mux.Handler(&http.Request{Method: r.Method, Host: r.Host, URL: &url})
	method, path, ok = strings.Cut(pattern, " ")
	return strings.ToLower(method), path, ok && r.Method != http.MethodHead
}

// CheckRequest says what of a JSON body the document does not have.
func (d *Document) CheckRequest(r *http.Request, body []byte) error {
	method, path, ok := d.find(r)
	if !ok || len(body) == 0 {
		return nil
	}
	const media = "application/json"
	if _, has := d.paths[path][method].RequestBody.Content[media]; !has {
		return fmt.Errorf("%s %s: the document has no body", method, path)
	}
	return d.check(body, "paths", path, method, "requestBody", "content", media, "schema")
}

// CheckAnswer says what of an answer the document does not have. Requests that
// are for no operation are not looked at.
func (d *Document) CheckAnswer(r *http.Request, status int, header http.Header, body []byte) error {
	method, path, ok := d.find(r)
	if !ok {
		return nil
	}
	responses := d.paths[path][method].Responses
	name := strconv.Itoa(status)
	if _, has := responses[name]; !has {
		name = "default"
	}
	if name == "default" && status < 400 {
		return fmt.Errorf("%s %s: the document has no status %d", method, path, status)
	}
	content := responses[name].Content
	if len(content) == 0 {
		return nil
	}
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	_, has := content[media]
	if _, whatever := content["*/*"]; !has && !whatever {
		return fmt.Errorf("%s %s: the document has no answer %d %s", method, path, status, media)
	}
	if media != "application/json" || !has || string(content[media]) == "{}" {
		return nil
	}
	return d.check(body, "paths", path, method, "responses", name, "content", media, "schema")
}

func (d *Document) check(body []byte, pointer ...string) error {
	for i, part := range pointer {
		pointer[i] = strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(part)
	}
	at := address + "#/" + strings.Join(pointer, "/")
	d.mu.Lock()
	defer d.mu.Unlock()
	sc := d.compiled[at]
	if sc == nil {
		var err error
		if sc, err = d.compiler.Compile(at); err != nil {
			return fmt.Errorf("apitest: compile: %w", err)
		}
		d.compiled[at] = sc
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("apitest: answer: %w", err)
	}
	if err := sc.Validate(value); err != nil {
		return errors.Join(fmt.Errorf("%s: not as the document says", at), err)
	}
	return nil
}
