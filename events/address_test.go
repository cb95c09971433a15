package events_test

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/events"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "223.5.5.5": true, "100.63.255.255": true, "100.128.0.1": true,
		"172.15.255.255": true, "172.32.0.1": true, "2400:3200::1": true, "2606:4700:4700::1111": true,
		"::ffff:8.8.8.8": true, "64:ff9b::808:808": true, "168.63.129.17": true,

		"127.0.0.1": false, "127.255.255.254": false, "0.0.0.0": false, "0.1.2.3": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "100.100.100.200": false, "192.0.0.192": false,
		"192.0.2.1": false, "192.88.99.1": false, "198.18.0.1": false, "198.19.255.255": false,
		"198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false, "239.255.255.250": false,
		"240.0.0.1": false, "255.255.255.255": false, "168.63.129.16": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "2400:3200::1%eth0": false,
		"fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "fec0::1": false, "100::1": false,
		"2001::1": false, "2001:db8::1": false, "2002:7f00:1::": false, "3fff::1": false, "5f00::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a00:1": false, "64:ff9b:1::808:808": false,
	} {
		if got := events.Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: got public %t, want %t", address, got, want)
		}
	}
	if events.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestEndpointURLs(t *testing.T) {
	t.Parallel()
	strict := events.Config{}
	loose := events.Config{AllowHTTP: true, AllowPrivate: true}
	tests := []struct {
		url           string
		strict, loose bool
	}{
		{"https://example.com/hook?token=1", true, true},
		{" https://example.com:8443/ ", true, true},
		{"https://[2400:3200::1]/", true, true},
		{"https://例子.中国/钩子", true, true},
		{"http://example.com/", false, true},
		{"https://127.0.0.1/", false, true},
		{"https://[::1]/", false, true},
		{"https://[::ffff:10.0.0.1]/", false, true},
		{"https://[fe80::1%25eth0]/", false, true},
		{"https://169.254.169.254/latest/meta-data/", false, true},
		{"https://localhost/", false, true},
		{"https://LOCALHOST./", false, true},
		{"https://db.localhost:5432/", false, true},
		{"", false, false},
		{"example.com/hook", false, false},
		{"//example.com/hook", false, false},
		{"ftp://example.com/", false, false},
		{"file:///etc/passwd", false, false},
		{"https:example.com", false, false},
		{"https:///hook", false, false},
		{"https://:443/", false, false},
		{"https://user:secret@example.com/", false, false},
		{"https://user@example.com/", false, false},
		{"https://example.com/#part", false, false},
		{"https://example.com/\x00", false, false},
		{"https://exa mple.com/", false, false},
		{"https://example.com/" + strings.Repeat("x", 2048), false, false},
	}
	for _, tt := range tests {
		for _, c := range []struct {
			name string
			cfg  events.Config
			want bool
		}{{"strict", strict, tt.strict}, {"loose", loose, tt.loose}} {
			_, err := c.cfg.CheckURL(tt.url)
			if (err == nil) != c.want {
				t.Errorf("%s: %q: got %v, want it taken: %t", c.name, tt.url, err, c.want)
			}
			if err != nil {
				wantRefusal(t, tt.url, err, events.ErrInvalidURL)
			}
			if err != nil && strings.Contains(err.Error(), "secret@") {
				t.Errorf("the refusal repeats the URL: %v", err)
			}
		}
	}
}

func FuzzEndpointURL(f *testing.F) {
	for _, seed := range []string{"https://example.com/", "https://127.0.0.1", "http://[::1]:80/", "https://a@b", "%%%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := events.Config{}.CheckURL(raw)
		if err != nil {
			var refusal *tenant.Error
			if !errors.As(err, &refusal) || refusal.Field != "url" {
				t.Errorf("%q: got %v, want a refusal about the url", raw, err)
			}
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Hostname() == "" {
			t.Fatalf("%q was taken as %q", raw, got)
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && !events.Public(a) {
			t.Errorf("%q leads to %s", raw, a)
		}
		if again, err := (events.Config{}).CheckURL(got); err != nil || again != got {
			t.Errorf("%q becomes %q, and that %q, %v", raw, got, again, err)
		}
	})
}
