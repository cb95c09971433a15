package dbtest

// durable reports whether a server that we start keeps what it was told to
// keep when the machine fails.
func durable() bool { return envBool("THIRDAPP_TEST_POSTGRES_DURABLE") }

// serverArgs returns the command line settings of a server that we start.
func serverArgs() []string {
	settings := []string{"max_connections=400"}
	if !durable() {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off",
			"max_wal_size=256MB") // each new database is some 8 MB of log
	}
	args := make([]string, 0, 2*len(settings))
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	return args
}
