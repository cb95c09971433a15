package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// config is what the operator chose, by flag or by environment variable. A flag
// wins over its variable.
type config struct {
	addr          string
	publicURL     string
	db            string
	demo          bool
	dingtalkAPI   string
	dingtalkOAPI  string
	dingtalkLogin string
	dingtalkQPS   int
	adminPassword string
	jwtSecret     string
	secretsKey    string
	logLevel      slog.Level
}

// parseConfig reads the flags, with getenv for what they leave out.
func parseConfig(args []string, getenv func(string) string, output io.Writer) (config, error) {
	var c config
	fs := flag.NewFlagSet("host", flag.ContinueOnError)
	fs.SetOutput(output)
	fs.StringVar(&c.addr, "addr", "127.0.0.1:8080", "address to listen on (THIRDAPP_ADDR)")
	fs.StringVar(&c.publicURL, "public-url", "", "where browsers find the platform, such as https://platform.example.com; empty: the address it listens on (THIRDAPP_PUBLIC_URL)")
	fs.StringVar(&c.db, "db", "sqlite:thirdapp.db", "database: sqlite:<file> or postgres://… (THIRDAPP_DB)")
	fs.BoolVar(&c.demo, "demo", true, "run a DingTalk emulator, connect two tenants, synchronise and send (THIRDAPP_DEMO)")
	fs.StringVar(&c.dingtalkAPI, "dingtalk-api", "", "base URL of DingTalk's new API; empty: the real host, or the emulator with -demo (THIRDAPP_DINGTALK_API)")
	fs.StringVar(&c.dingtalkOAPI, "dingtalk-oapi", "", "base URL of DingTalk's old API; empty: as above (THIRDAPP_DINGTALK_OAPI)")
	fs.StringVar(&c.dingtalkLogin, "dingtalk-login", "", "base URL of DingTalk's login page; empty: the real host, or that of -dingtalk-api (THIRDAPP_DINGTALK_LOGIN)")
	fs.IntVar(&c.dingtalkQPS, "dingtalk-qps", 20, "calls per second per app and API; 0: no pacing (THIRDAPP_DINGTALK_QPS)")
	fs.StringVar(&c.adminPassword, "admin-password", "", "password of the user admin; empty: random at first start and printed, unchanged afterwards (THIRDAPP_ADMIN_PASSWORD)")
	fs.StringVar(&c.jwtSecret, "jwt-secret", "", "key that signs sessions, at least 32 bytes; empty: random (THIRDAPP_JWT_SECRET)")
	fs.StringVar(&c.secretsKey, "secrets-key", "", "file of the key that seals app secrets; empty: beside the database, created (THIRDAPP_SECRETS_KEY)")
	fs.TextVar(&c.logLevel, "log", slog.LevelWarn, "least level of the log: debug, info (a line for every request), warn, error (THIRDAPP_LOG)")
	if err := fs.Parse(args); err != nil {
		return config{}, err
	}
	if fs.NArg() > 0 {
		return config{}, fmt.Errorf("unexpected argument %q; all options are flags", fs.Arg(0))
	}
	if err := fromEnvironment(fs, getenv); err != nil {
		return config{}, err
	}
	return c, c.validate()
}

// fromEnvironment sets the flags that were not given from their variables:
// -dingtalk-api from THIRDAPP_DINGTALK_API.
func fromEnvironment(fs *flag.FlagSet, getenv func(string) string) error {
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var problems []error
	fs.VisitAll(func(f *flag.Flag) {
		name := "THIRDAPP_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if v := getenv(name); v != "" && !given[f.Name] {
			if err := fs.Set(f.Name, v); err != nil {
				problems = append(problems, fmt.Errorf("%s=%s: %w: want what -%s takes", name, v, err, f.Name))
			}
		}
	})
	return errors.Join(problems...)
}

const minJWTSecret = 32

func (c config) validate() error {
	var problems []error
	if _, port, err := net.SplitHostPort(c.addr); err != nil {
		problems = append(problems, fmt.Errorf("-addr %q: want host:port", c.addr))
	} else if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		problems = append(problems, fmt.Errorf("-addr %q: port must be 0 to 65535", c.addr))
	}
	if c.dingtalkQPS < 0 {
		problems = append(problems, fmt.Errorf("-dingtalk-qps %d: must not be negative", c.dingtalkQPS))
	}
	if c.jwtSecret != "" && len(c.jwtSecret) < minJWTSecret {
		problems = append(problems, fmt.Errorf("-jwt-secret: %d bytes; at least %d", len(c.jwtSecret), minJWTSecret))
	}
	if (c.dingtalkAPI == "") != (c.dingtalkOAPI == "") {
		problems = append(problems, errors.New("-dingtalk-api and -dingtalk-oapi: give both or neither"))
	}
	return errors.Join(problems...)
}

// listeningOn fills in the public URL from the address of the listener.
func (c *config) listeningOn(addr net.Addr) {
	if c.publicURL != "" {
		return
	}
	host, port, err := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); err != nil || ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	c.publicURL = "http://" + net.JoinHostPort(host, port)
}

// loginBase is where DingTalk's login page is.
func (c config) loginBase() string {
	if c.dingtalkLogin == "" {
		return c.dingtalkAPI
	}
	return c.dingtalkLogin
}

// pace is the option of package dingtalk, for which 0 is the default.
func (c config) pace() int {
	if c.dingtalkQPS == 0 {
		return -1
	}
	return c.dingtalkQPS
}

// besideDatabase names a file that belongs to the database: beside the SQLite
// file, else in the working directory.
func (c config) besideDatabase(suffix string) string {
	if path, ok := strings.CutPrefix(c.db, "sqlite:"); ok {
		return path + suffix
	}
	return "thirdapp" + suffix
}

func (c config) secretsKeyFile() string {
	if c.secretsKey != "" {
		return c.secretsKey
	}
	return c.besideDatabase(".key")
}

// adminFile keeps the password that the first start made.
func (c config) adminFile() string { return c.besideDatabase(".admin") }

// databaseName shows which database it is, without a password.
func (c config) databaseName() string {
	if u, err := url.Parse(c.db); err == nil && u.Scheme != "sqlite" {
		return u.Redacted()
	}
	return c.db
}
