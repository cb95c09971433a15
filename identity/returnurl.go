package identity

import (
	"net/netip"
	"net/url"
	"path"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// maxReturnURL bounds a return address, in bytes: it stands in the state, which
// stands in an address itself.
const maxReturnURL = 1024

// address is a return address in its parts.
type address struct {
	// origin is scheme://host or scheme://host:port, as it was written.
	origin string
	// path is without query; "/" when there is none.
	path  string
	query string
}

// parseAddress reads an address of a page. It takes only what browsers and this
// package read alike: the plain form, as browsers show it, without anything that
// one of them would correct.
func parseAddress(s string) (address, provider.Text) {
	if len(s) > maxReturnURL {
		return address{}, provider.Text{ZH: "超过1024字节", EN: "longer than 1024 bytes"}
	}
	if strings.IndexFunc(s, unusual) >= 0 {
		return address{}, provider.Text{ZH: "包含空格、反斜杠或非ASCII字符", EN: "has a space, a backslash or characters that are not ASCII in it"}
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "":
		return address{}, provider.Text{ZH: "不是完整的网址", EN: "not a whole address"}
	case u.User != nil || strings.Contains(u.Host, "@"):
		return address{}, provider.Text{ZH: "不能包含用户名或密码", EN: "must not hold a user name or password"}
	case strings.Contains(s, "#"):
		return address{}, provider.Text{ZH: "不能包含#", EN: "must not have a fragment"}
	case u.Port() == "" && strings.HasSuffix(u.Host, ":"):
		return address{}, provider.Text{ZH: "端口为空", EN: "the port is empty"}
	}
	origin := u.Scheme + "://" + u.Host
	rest, plain := strings.CutPrefix(s, origin)
	if !plain || u.Host != strings.ToLower(u.Host) || u.Scheme != "https" && u.Scheme != "http" {
		return address{}, provider.Text{ZH: "须以小写的https://或http://和主机名开头", EN: "must begin with https:// or http:// and the host, in lower case"}
	}
	written, query, _ := strings.Cut(rest, "?")
	if written == "" {
		written = "/"
	}
	if !plainPath(written) {
		return address{}, provider.Text{ZH: "路径须为规范形式，不含//、.、..及其编码", EN: "the path must be clean, without //, . or .., and none of them encoded"}
	}
	return address{origin: origin, path: written, query: query}, provider.Text{}
}

func unusual(c rune) bool { return c <= ' ' || c >= 0x7f || c == '\\' }

// plainPath reports whether every reader of a path sees the same segments.
func plainPath(p string) bool {
	lower := strings.ToLower(p)
	for _, encoded := range []string{"%2e", "%2f", "%5c", "%00", "%25"} {
		if strings.Contains(lower, encoded) {
			return false
		}
	}
	return p == path.Clean(p) || p == path.Clean(p)+"/"
}

// below reports whether a path is prefix or below it, segment by segment.
func below(p, prefix string) bool {
	prefix = strings.TrimSuffix(prefix, "/")
	return p == prefix || strings.HasPrefix(p, prefix+"/")
}

// entryProblem says what is wrong with an entry of a tenant's list.
func (s *Service) entryProblem(entry string) provider.Text {
	a, problem := parseAddress(entry)
	switch {
	case !problem.IsZero():
		return problem
	case a.query != "" || strings.Contains(entry, "?"):
		return provider.Text{ZH: "不能包含查询参数", EN: "must not have a query"}
	case strings.HasPrefix(a.origin, "http:") && !s.cfg.AllowHTTP && !loopback(a.origin):
		return provider.Text{ZH: "须为https地址", EN: "must be https"}
	}
	return provider.Text{}
}

// loopback reports whether an origin is on the machine of the browser.
func loopback(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}
