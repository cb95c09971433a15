package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// startEmulator serves a DingTalk emulator with two companies and points the
// configuration at it, when the demo is to be played and nothing else was
// named. The companies are the same at every start.
func (c *config) startEmulator(ctx context.Context) (stop func(), err error) {
	if !c.demo || c.dingtalkAPI != "" {
		return func() {}, nil
	}
	em := dingtalktest.New(dingtalktest.Options{Admin: true})
	for _, spec := range []dingtalktest.Spec{
		dingtalktest.Realistic(1, 180, 24),
		dingtalktest.Realistic(2, 60, 8),
	} {
		if err := em.AddCompany(dingtalktest.Generate(spec)); err != nil {
			return nil, err
		}
	}
	if err := c.enterHomePages(em); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: em, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends with Close
	}()
	c.dingtalkAPI = "http://" + listener.Addr().String()
	c.dingtalkOAPI = c.dingtalkAPI
	return func() {
		em.Close()
		_ = server.Close()
		<-served
	}, nil
}

// enterHomePages enters the address of the module's home page in the console of
// every app, as an administrator does at DingTalk.
func (c *config) enterHomePages(em *dingtalktest.Emulator) error {
	for _, corpID := range em.CorpIDs() {
		for _, a := range em.Apps(corpID) {
			err := em.UpdateApp(a.ClientID, func(a *dingtalktest.App) {
				a.HomeURL = c.publicURL + "/login/dingtalk/home?corpid=$CORPID$"
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
