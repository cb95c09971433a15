package dbtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// server is a running PostgreSQL server on which databases can be created.
type server struct {
	// description is what announce says about it.
	description string
	// url is the administrator's connection string.
	url url.URL
	// admin is connected to the administrator's database.
	admin *pgxpool.Pool
	// stop ends a server that we started; may be nil.
	stop func(ctx context.Context) error

	mu        sync.Mutex
	templates map[string]*template
}

// template is a database to clone, or why there is none.
type template struct {
	once     sync.Once
	database string
	err      error
}

// connect opens a server that is up, at the administrator's connection string,
// and describes it: how is "in a container" or the like. The server's stop is
// the caller's to set.
func connect(ctx context.Context, dsn, how string) (*server, error) {
	at, err := url.Parse(dsn)
	if err != nil || (at.Scheme != "postgres" && at.Scheme != "postgresql") {
		return nil, errors.New("not a postgres:// URL") // the text could hold a password
	}
	admin, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return nil, err
	}
	var version string
	if err := admin.QueryRow(ctx, "SELECT current_setting('server_version')").Scan(&version); err != nil {
		admin.Close()
		return nil, err
	}
	version, _, _ = strings.Cut(version, " ") // "15.20 (Debian 15.20-0+deb12u1)"
	return &server{
		description: fmt.Sprintf("PostgreSQL %s %s", version, how),
		url:         *at, admin: admin, templates: map[string]*template{},
	}, nil
}

// awaitUp waits until our server answers at one of the connection strings and
// returns that. It gives up when ctx is done or the server has ended, which
// closes down; down may be nil.
func awaitUp(ctx context.Context, down <-chan struct{}, dsns ...string) (string, error) {
	const pause = 20 * time.Millisecond
	for {
		var errs []error
		for _, dsn := range dsns {
			err := ping(ctx, dsn)
			if err == nil {
				return dsn, nil
			}
			errs = append(errs, err)
		}
		select {
		case <-down:
			return "", errors.New("the server ended while it started")
		case <-ctx.Done():
			return "", fmt.Errorf("the server does not answer: %w", errors.Join(errs...))
		case <-time.After(pause):
		}
	}
}

func ping(ctx context.Context, dsn string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// dsn returns the connection string of one of the server's databases.
func (s *server) dsn(database string) string {
	at := s.url
	at.Path = "/" + database
	return at.String()
}

// create makes a database, a clone of source unless that is "".
func (s *server) create(ctx context.Context, name, source string) error {
	query := "CREATE DATABASE " + quote(name)
	if source != "" {
		query += " TEMPLATE " + quote(source)
	}
	if _, err := s.admin.Exec(ctx, query); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return nil
}

// drop removes a database and cuts the connections to it.
func (s *server) drop(ctx context.Context, name string) error {
	if _, err := s.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop database: %w", err)
	}
	return nil
}

// template returns the database of that template, which the first caller for
// its name prepares.
func (s *server) template(ctx context.Context, name string, prepare func(context.Context, string) error) (string, error) {
	s.mu.Lock()
	t, ok := s.templates[name]
	if !ok {
		t = &template{database: newName("template")}
		s.templates[name] = t
	}
	s.mu.Unlock()
	t.once.Do(func() { t.err = s.fill(ctx, t.database, prepare) })
	return t.database, t.err
}

// fill creates a template's database, has it prepared, and closes it to
// everybody: a database with open connections cannot be cloned.
func (s *server) fill(ctx context.Context, name string, prepare func(context.Context, string) error) error {
	if err := s.create(ctx, name, ""); err != nil {
		return err
	}
	if err := prepare(ctx, s.dsn(name)); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	if _, err := s.admin.Exec(ctx, "ALTER DATABASE "+quote(name)+" WITH ALLOW_CONNECTIONS false"); err != nil {
		return fmt.Errorf("close template: %w", err)
	}
	const cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
	if _, err := s.admin.Exec(ctx, cut, name); err != nil {
		return fmt.Errorf("cut connections to template: %w", err)
	}
	return nil
}

// close ends a server of ours; on somebody else's it drops the templates.
func (s *server) close(ctx context.Context) error {
	if s.stop != nil {
		s.admin.Close()
		return s.stop(ctx)
	}
	defer s.admin.Close()
	var errs []error
	for _, t := range s.templates {
		errs = append(errs, s.drop(ctx, t.database))
	}
	return errors.Join(errs...)
}

// newName returns a database name that nobody else on the server has.
func newName(purpose string) string { return "thirdapp_" + purpose + "_" + randomHex() }

func randomHex() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	return hex.EncodeToString(b[:])
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
