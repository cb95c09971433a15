package archtest_test

import (
	"slices"
	"strings"
)

// arrows is what the files of one package, or of a family of packages, may import
// besides the standard library.
type arrows struct {
	// from is the package's folder below the module root; "." is the root, and
	// a final "/..." takes in everything below the folder.
	from string
	// module lists folders of packages of this module, written the same way.
	module []string
	// outside lists import path prefixes of other modules.
	outside []string
	// any lifts all limits: programs and wiring.
	any bool
	// support marks a package written for tests: it may import "testing". Only
	// test files and packages without limits can import it, since no line lists
	// it.
	support bool
}

// table is the architecture. A package that no line names fails the test.
var table = []arrows{
	// The contract, and the port to background work.
	{from: "provider"},
	{from: "provider/providertest", module: []string{"provider"}, support: true},
	{from: "jobs"},
	{from: "jobs/jobstest", module: []string{"jobs"}, support: true},

	// The office apps. They know the contract and never each other.
	{
		from: "dingtalk", module: []string{"provider", "dingtalk/internal/...", "internal/instrument"},
		outside: []string{"github.com/coder/websocket", "golang.org/x/sync", "golang.org/x/time", "github.com/go-kit/kit/metrics"},
	},
	{from: "dingtalk/internal/..."},
	{from: "dingtalk/dingtalktest", module: []string{"provider"}, outside: []string{"github.com/coder/websocket"}, support: true},

	// The services. They never import each other, nor an adapter.
	{from: "tenant", module: []string{"provider", "internal/recent"}, outside: []string{"github.com/google/uuid", "golang.org/x/sync"}},
	{
		from: "messaging", module: []string{"provider", "tenant", "jobs", "internal/retention", "internal/gather", "internal/instrument"},
		outside: []string{"github.com/google/uuid", "golang.org/x/sync", "github.com/go-kit/kit/metrics"},
	},
	{
		from: "sync", module: []string{"provider", "tenant", "jobs", "internal/password", "internal/retention", "internal/instrument"},
		outside: []string{"github.com/google/uuid", "golang.org/x/sync", "github.com/robfig/cron/v3", "github.com/go-kit/kit/metrics"},
	},
	{from: "events", module: []string{"provider", "tenant", "jobs"}, outside: []string{"github.com/google/uuid"}},
	{from: "identity", module: []string{"provider", "tenant", "jobs", "internal/gather", "internal/instrument"}, outside: []string{"github.com/google/uuid", "github.com/go-kit/kit/metrics"}},

	// HTTP lives here and only here.
	{
		from: "transport", module: []string{"provider", "tenant", "messaging", "sync", "events", "identity", "internal/instrument", "internal/recent"},
		outside: []string{"github.com/go-kit/kit", "github.com/google/uuid", "golang.org/x/time"},
	},

	// Wiring, and the removal of old entries of the audit trail: tenant has no
	// jobs. No office app and no adapter, so that a host compiles only those
	// it chose.
	{from: ".", module: []string{"provider", "tenant", "messaging", "sync", "events", "identity", "transport", "jobs", "internal/retention"}},

	// The adapters know the packages whose ports they implement, never another
	// adapter.
	{
		from: "adapters/bunstore", module: []string{"provider", "tenant", "messaging", "sync", "events", "identity", "jobs", "internal/password", "internal/gather"},
		outside: []string{"github.com/uptrace/bun", "github.com/jackc/pgx/v5", "modernc.org/sqlite", "github.com/google/uuid"},
	},
	{from: "adapters/casbinauthz", module: []string{"provider", "tenant"}, outside: []string{"github.com/casbin/casbin/v2"}},
	{
		from: "adapters/riverjobs", module: []string{"jobs", "internal/instrument"},
		outside: []string{"github.com/riverqueue/river", "github.com/jackc/pgx/v5", "github.com/uptrace/bun", "github.com/gofrs/flock", "github.com/go-kit/kit/metrics"},
	},
	{
		from: "adapters/tinksecrets", module: []string{"provider", "tenant"},
		outside: []string{"github.com/tink-crypto/tink-go/v2"},
	},
	{from: "adapters/oteltrace", module: []string{"provider", "jobs"}, outside: []string{"go.opentelemetry.io/otel"}},
	// The one adapter whose port is HTTP's: transport.Authenticator.
	{
		from: "adapters/jwtauth", module: []string{"provider", "tenant", "identity", "transport"},
		outside: []string{"github.com/golang-jwt/jwt/v5"},
	},
	{
		from: "adapters/storetest", module: []string{"provider", "tenant", "messaging", "sync", "events", "identity", "jobs"}, support: true,
	},
	{from: "adapters/stack", any: true}, // the standard set, wired in one call

	{from: "examples/...", any: true},

	{from: "internal/instrument", outside: []string{"github.com/go-kit/kit/metrics"}},
	{from: "internal/recent"},
	{from: "internal/gather", module: []string{"tenant"}},
	{from: "internal/retention", module: []string{"tenant", "jobs"}},
	{from: "internal/password", module: []string{"provider"}, outside: []string{"golang.org/x/crypto"}},
	{from: "internal/archtest", support: true},
	{
		from: "internal/bunstoretest", module: []string{"adapters/bunstore", "adapters/storetest", "identity", "tenant"}, support: true,
	},
	{
		from: "internal/apitest", support: true,
		outside: []string{"github.com/getkin/kin-openapi", "github.com/santhosh-tekuri/jsonschema/v6"},
	},
	{from: "internal/pulltest", support: true},
	{from: "internal/sendtest", support: true},
	{from: "internal/wholetest", support: true},
	{from: "internal/streamtest", support: true},
	{from: "internal/proctest", support: true},
	{from: "internal/pulltest", any: true}, // the directory sync over everything it is used with
	{
		from: "internal/dbtest", support: true,
		outside: []string{"github.com/jackc/pgx/v5", "github.com/testcontainers/testcontainers-go", "github.com/moby/moby/client"},
	},
}

// find returns the line of the table for a package: the one that names it, else
// the one with the longest folder it lies below.
func find(table []arrows, pkg string) (arrows, bool) {
	best, found := arrows{}, false
	for _, a := range table {
		if a.from == pkg {
			return a, true
		}
		if covers(a.from, pkg) && len(a.from) > len(best.from) {
			best, found = a, true
		}
	}
	return best, found
}

// covers reports whether pattern, a folder or "folder/...", takes in pkg.
func covers(pattern, pkg string) bool {
	if folder, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == folder || strings.HasPrefix(pkg, folder+"/")
	}
	return pattern == pkg
}

// mayImport reports whether a file of the package a describes may import path.
func mayImport(a arrows, inTest bool, path string) bool {
	folder, inside := cutModule(path)
	switch {
	case a.any || path == "unsafe":
		return true
	case path == "C":
		return false
	case inTest: // tests run services on real adapters; no host compiles them
		return true
	case inside:
		return slices.ContainsFunc(a.module, func(pattern string) bool { return covers(pattern, folder) })
	case path == "testing" || strings.HasPrefix(path, "testing/"):
		return a.support
	case isStandard(path):
		return true
	}
	return slices.ContainsFunc(a.outside, func(prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") })
}

// isStandard reports whether path is of the standard library: the first element
// of any other import path is a host name.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

const modulePath = "github.com/thirdapp/thirdapp"

// cutModule returns the folder of a package of this module.
func cutModule(path string) (folder string, ok bool) {
	if path == modulePath {
		return ".", true
	}
	return strings.CutPrefix(path, modulePath+"/")
}
