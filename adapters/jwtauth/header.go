package jwtauth

import (
	"net/http"
	"strings"
)

// HeaderAccessToken is the request header that carries the token.
const HeaderAccessToken = "X-Access-Token"

// maxTokenBytes bounds what is parsed; a token of ours has about 200 bytes.
const maxTokenBytes = 8 << 10

// tokenOf returns the token of a request; ok is false when there is none. A
// scheme other than Bearer is somebody else's.
func tokenOf(r *http.Request) (token string, ok bool) {
	if token = strings.TrimSpace(r.Header.Get(HeaderAccessToken)); token != "" {
		return token, true
	}
	fields := strings.Fields(r.Header.Get("Authorization"))
	switch {
	case len(fields) == 1 && !strings.EqualFold(fields[0], "Bearer"):
		return fields[0], true
	case len(fields) == 2 && strings.EqualFold(fields[0], "Bearer"):
		return fields[1], true
	}
	return "", false
}
