package dingtalktest

import (
	"bytes"
	"io"
	"mime"
	"net/http"
)

// maxBody bounds a request's body, in bytes; files have bounds of their own.
const maxBody = 1 << 20

// read takes in the parameters.
func (c *call) read() {
	var ok bool
	if c.route != nil && c.route.body == fileBody && c.r.Method == http.MethodPost {
		c.readUpload()
		return
	}
	if c.r.Method == http.MethodGet {
		if c.params, ok = parseForm(c.r.URL.RawQuery); !ok {
			c.unreadable = errIllegal
		}
		return
	}
	body, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	if err != nil {
		c.unreadable = errJSON
		return
	}
	if len(body) > maxBody {
		c.unreadable = errTooLarge
		return
	}
	c.params, c.unreadable = parseBody(c.generation(), c.r.Header.Get("Content-Type"), body)
	if c.toWebhook() {
		c.readWebhook(body)
	}
}

// parseBody reads a request's body. The old API takes JSON and forms, the new
// one JSON only.
func parseBody(g generation, contentType string, body []byte) (params, *refusal) {
	media, charset := contentTypeOf(contentType)
	if charset != "" && charset != "utf-8" {
		return params{}, errCharset
	}
	var p params
	ok := true
	switch {
	case media == "application/json":
		if len(bytes.TrimSpace(body)) > 0 {
			p, ok = parseObject(body)
		}
	case media == "application/x-www-form-urlencoded" && g == oldAPI:
		p, ok = parseForm(string(body))
	default:
		return params{}, errContentType
	}
	if !ok {
		return params{}, errJSON
	}
	return p, nil
}

func contentTypeOf(header string) (media, charset string) {
	switch header {
	case "application/json", "application/json; charset=utf-8":
		return "application/json", ""
	}
	media, attributes, err := mime.ParseMediaType(header)
	if err != nil {
		return "", ""
	}
	return media, string(bytes.ToLower([]byte(attributes["charset"])))
}
