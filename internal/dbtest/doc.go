// Package dbtest gives tests real databases: a new PostgreSQL database on a
// test server, or a new SQLite file. Only _test.go files import it.
//
//	func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }
//
//	func TestStore(t *testing.T) {
//		t.Parallel()
//		dsn := dbtest.Postgres(t)
//		…
//	}
//
// # Which server
//
// The first test that asks starts one server for the whole test binary, by the
// first of these ways that works, and one line on standard error says which:
//
//   - docker: a container, when a Docker engine answers and has or gets the image;
//   - binaries: initdb and postgres found on PATH or where Linux packages put
//     them, in a temporary folder, on a free loopback port;
//   - server: the one that THIRDAPP_TEST_POSTGRES names.
//
// Without any the test is skipped, or fails where the environment says CI=true.
// The server is stopped by [Main]. When the test binary is killed instead, a
// server of the second way ends with it (on Linux), and what else stays behind
// is removed by the next test binary that takes the same way.
//
// # Environment
//
//   - THIRDAPP_TEST_POSTGRES: connection URL of a role that may create
//     databases, for the way "server";
//   - THIRDAPP_TEST_POSTGRES_VIA: docker, binaries or server; only that way is
//     tried, and its failure fails the test;
//   - THIRDAPP_TEST_POSTGRES_IMAGE: the container's image, default
//     postgres:17-alpine;
//   - THIRDAPP_TEST_POSTGRES_DURABLE: true keeps fsync and what belongs to it
//     on, as benchmarks need it; a server that we start is otherwise set up to
//     be fast and to survive nothing.
//
// Supported are PostgreSQL 13 and later.
package dbtest
