package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"golang.org/x/time/rate"

	"github.com/thirdapp/thirdapp"
	"github.com/thirdapp/thirdapp/adapters/riverjobs"
	"github.com/thirdapp/thirdapp/adapters/stack"
	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

// platform is the host: the module, and what the module leaves to its host.
type platform struct {
	cfg     config
	log     *slog.Logger
	stack   *stack.Stack
	module  *thirdapp.Module
	metrics *instruments

	// adminPassword is the administrator's, "" when it is not known.
	adminPassword string
	logins        *rate.Limiter
	// stopping is closed when the server begins to drain; event streams end
	// then.
	stopping chan struct{}
}

func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// newPlatform opens the database, wires the module, brings the tables up to
// date and starts the workers.
func newPlatform(ctx context.Context, cfg config, log *slog.Logger) (*platform, error) {
	p := &platform{
		cfg: cfg, log: log, metrics: newInstruments(), logins: newLoginLimit(),
		stopping: make(chan struct{}),
	}
	keyset, err := secretFile(cfg.secretsKeyFile(), tinksecrets.GenerateKeyset)
	if err != nil {
		return nil, err
	}
	jwtKey := provider.NewSecret(cfg.jwtSecret)
	if jwtKey.IsZero() {
		if jwtKey, err = randomSecret(); err != nil {
			return nil, err
		}
	}
	ding, err := dingtalk.New(dingtalk.Options{
		APIBaseURL: cfg.dingtalkAPI, OAPIBaseURL: cfg.dingtalkOAPI, LoginBaseURL: cfg.loginBase(), CallsPerSecond: cfg.pace(),
		Metrics: p.metrics.calls,
	})
	if err != nil {
		return nil, err
	}
	p.stack, err = stack.Open(ctx, stack.Config{
		DSN: cfg.db, SecretsKeyset: keyset, JWTKey: jwtKey, Providers: []provider.Factory{ding}, Logger: log,
		Jobs: riverjobs.Config{Metrics: p.metrics.jobs},
	})
	if err != nil {
		return nil, err
	}
	if err := p.start(ctx); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *platform) start(ctx context.Context) (err error) {
	wiring := p.stack.Config
	p.metrics.measure(&wiring)
	wiring.HTTP.Stopping = p.stopping
	wiring.HTTP.PublicURL = p.cfg.publicURL
	wiring.Directory.HouseNumbers = p.houseNumber
	if p.module, err = thirdapp.New(wiring); err != nil {
		return err
	}
	if err := p.module.Migrate(ctx); err != nil {
		return err
	}
	if err := p.createTables(ctx); err != nil {
		return err
	}
	if err := p.module.Start(ctx); err != nil {
		return inChineseToo(err)
	}
	p.adminPassword, err = p.ensureAdmin(ctx)
	return err
}

// inChineseToo adds what an operator has to do where it is not a fault.
func inChineseToo(err error) error {
	if inUse, ok := errors.AsType[*riverjobs.FileInUseError](err); ok {
		return fmt.Errorf("另一个进程正在使用 %s：请先停止该进程，或改用可由多个进程共用的 PostgreSQL：%w", inUse.File, err)
	}
	return err
}

// close closes the database; everything else has ended by then.
func (p *platform) close() error { return p.stack.Close() }
