package events

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// maxURL bounds an endpoint's URL, in bytes.
const maxURL = 2048

// reserved are the networks that no endpoint may be in, besides those that
// package netip knows. Source: IANA's registries of special-purpose addresses
// for IPv4 and IPv6; those that are not "globally reachable". Of IPv6 nothing
// outside of 2000::/3 is allowed in the first place.
var reserved = prefixes( //nolint:gochecknoglobals // constant table
	"0.0.0.0/8",        // this network
	"100.64.0.0/10",    // carrier-grade NAT; some clouds' metadata
	"192.0.0.0/24",     // protocol assignments; some clouds' metadata
	"192.0.2.0/24",     // documentation
	"192.88.99.0/24",   // relays of 6to4, deprecated
	"198.18.0.0/15",    // benchmarks
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"240.0.0.0/4",      // reserved, and broadcast
	"168.63.129.16/32", // Azure's own services, seen from inside only
	"2001::/23",        // protocol assignments, Teredo
	"2001:db8::/32",    // documentation
	"2002::/16",        // 6to4, which has an IPv4 address in it
	"3fff::/20",        // documentation
)

var (
	globalIPv6 = netip.MustParsePrefix("2000::/3")     //nolint:gochecknoglobals // constant
	nat64      = netip.MustParsePrefix("64:ff9b::/96") //nolint:gochecknoglobals // constant: RFC 6052
)

func prefixes(list ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, len(list))
	for i, p := range list {
		parsed[i] = netip.MustParsePrefix(p)
	}
	return parsed
}

// public reports whether an address is one that the whole internet can reach.
func public(a netip.Addr) bool {
	a = a.Unmap()
	if a.Zone() != "" {
		return false
	}
	if nat64.Contains(a) { // the last four bytes are the IPv4 address behind it
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.Is6() && !globalIPv6.Contains(a) {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// errForbiddenAddress is why an endpoint was not dialled.
var errForbiddenAddress = errors.New("the address is not a public one")

// dialPublic is a net.Dialer's Control: it is asked about each address after
// its name was resolved, right before the connection is made.
func dialPublic(_, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil || !public(a.Addr()) {
		return errForbiddenAddress
	}
	return nil
}

// checkURL returns an endpoint's URL in its normal form, or says what is wrong
// with it. Where a name leads is only known when it is dialled.
func (c Config) checkURL(raw string) (string, error) {
	raw = strings.TrimSpace(raw)
	if raw == "" || len(raw) > maxURL || !readable(raw) {
		return "", errURL(
			fmt.Sprintf("请填写回调地址，最长%d字节", maxURL),
			fmt.Sprintf("enter the URL of the endpoint, at most %d bytes", maxURL))
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Opaque != "" { // the parser's error repeats the URL
		return "", errURL("回调地址格式有误，应如https://example.com/hook", "the URL is malformed; want one like https://example.com/hook")
	}
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !c.AllowHTTP):
		return "", errURL("回调地址须以https://开头", "the URL must begin with https://")
	case u.User != nil:
		return "", errURL("回调地址不能包含用户名或密码", "the URL must not have a user name or password in it")
	case u.Fragment != "":
		return "", errURL("回调地址不能包含#片段", "the URL must not have a #fragment")
	case !c.AllowPrivate && !maybePublic(u.Hostname()):
		return "", errURL("回调地址不能指向内网或本机", "the URL must not lead into a private network or to this machine")
	}
	return u.String(), nil
}

// maybePublic is false for a host that certainly is not public.
func maybePublic(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return public(a)
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host != "localhost" && !strings.HasSuffix(host, ".localhost")
}

// hostOf returns what logs show of an endpoint's URL.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}
