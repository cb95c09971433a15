package tenant_test

import (
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestConfigDefaults(t *testing.T) {
	t.Parallel()
	var zero tenant.Config
	c := zero.WithDefaults()
	if err := c.Validate(); err != nil {
		t.Errorf("the defaults are not valid: %v", err)
	}
	if c.MaxOpen != 1000 || c.VersionCheck != time.Second || c.CloseAfter != 2*time.Minute ||
		c.Now == nil || c.Logger == nil || c.Environment.Now == nil {
		t.Errorf("got %+v", c)
	}
	if zero.MaxOpen != 0 || zero.Now != nil {
		t.Error("WithDefaults changed its receiver")
	}
}

func TestConfigFaults(t *testing.T) {
	t.Parallel()
	err := tenant.Config{MaxOpen: -1, VersionCheck: time.Millisecond, CloseAfter: 2 * time.Hour, AuditRetentionDays: -1}.WithDefaults().Validate()
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{"MaxOpen -1", "VersionCheck 1ms: 10ms", "CloseAfter 2h0m0s", "AuditRetentionDays -1"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want it to name %q", err, want)
		}
	}
	_, err = tenant.New(nil, nil, nil, nil, nil, tenant.Config{MaxOpen: -1})
	if err == nil {
		t.Fatal("New without ports: got no error")
	}
	for _, want := range []string{"store", "registry", "sealer", "authorizer", "users", "MaxOpen"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want it to name %q", err, want)
		}
	}
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"0", "a", "1000", "Tenant_1-x", strings.Repeat("z", 64)} {
		if id, err := tenant.ParseID(good); err != nil || string(id) != good {
			t.Errorf("ParseID(%q) = %q, %v", good, id, err)
		}
	}
	for _, bad := range []string{"", " ", "*", "a b", "租户", "a:b", "a/b", "a,b", "a\x00", strings.Repeat("z", 65), "undefined "} {
		if id, err := tenant.ParseID(bad); provider.CodeOf(err) != provider.InvalidArgument {
			t.Errorf("ParseID(%q) = %q, %v; want %s", bad, id, err, provider.InvalidArgument)
		}
	}
}
