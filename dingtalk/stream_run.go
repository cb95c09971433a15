package dingtalk

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
	"github.com/thirdapp/thirdapp/provider"
)

// stream is a connection of Stream mode. One goroutine reads and answers what is
// to be answered at once, one handles events in their order, and one proves that
// the connection is alive.
type stream struct {
	provider *Provider
	conn     *websocket.Conn
	handle   func(ctx context.Context, e provider.Event) error
	waiting  chan wire.Frame
	// began is when run began, and heard how long after that something last
	// came, in nanoseconds: a wall clock may be set back.
	began time.Time
	heard atomic.Int64
}

func (s *stream) hear() { s.heard.Store(int64(time.Since(s.began))) }

// silence is for how long nothing has come.
func (s *stream) silence() time.Duration { return time.Since(s.began) - time.Duration(s.heard.Load()) }

// run serves the connection until it ends; nil means that DingTalk wants a new
// one.
func (s *stream) run(ctx context.Context) error {
	alive, end := context.WithCancelCause(ctx)
	defer end(nil)
	s.began = time.Now()
	var work sync.WaitGroup
	work.Go(func() { s.keepAlive(alive, end) })
	var handling sync.WaitGroup
	handling.Go(func() { s.handleAll(alive, end) })
	err := s.readAll(alive)
	if err != nil {
		end(err) // what waits comes again, on another connection
	}
	close(s.waiting)
	handling.Wait() // after an orderly end, all that came is handled first
	if err == nil {
		err = context.Cause(alive)
	}
	end(nil)
	s.close(err)
	work.Wait()
	return err
}

// close says goodbye, and does not wait for an answer where there was trouble.
func (s *stream) close(err error) {
	if err == nil {
		_ = s.conn.Close(websocket.StatusNormalClosure, "")
		return
	}
	_ = s.conn.CloseNow()
}

// readAll reads frames until DingTalk asks for a new connection, which is no
// error.
func (s *stream) readAll(ctx context.Context) error {
	for {
		kind, text, err := s.conn.Read(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case websocket.CloseStatus(err) != -1:
			return errStreamEnded // its reason may hold anything
		case err != nil:
			return err
		}
		s.hear()
		var f wire.Frame
		if kind != websocket.MessageText || json.Unmarshal(text, &f) != nil {
			continue // an answer would need its id
		}
		if done, err := s.take(ctx, f); done || err != nil {
			return err
		}
	}
}

// take answers a frame, or leaves it to be handled; done means that DingTalk
// wants a new connection. The official pages disagree on whether that is
// answered; answering does no harm.
func (s *stream) take(ctx context.Context, f wire.Frame) (done bool, err error) {
	switch {
	case f.Type == wire.FrameSystem && f.Headers.Topic == wire.TopicPing:
		return false, s.answer(ctx, f.Reply(wire.FrameOK, "OK", string(f.Data)))
	case f.Type == wire.FrameSystem && f.Headers.Topic == wire.TopicDisconnect:
		return true, s.answer(ctx, f.Reply(wire.FrameOK, "OK", string(f.Data)))
	case f.Type == wire.FrameEvent:
		select {
		case s.waiting <- f:
		default: // too many wait: without an answer it comes again
		}
		return false, nil
	}
	return false, s.answer(ctx, f.Reply(wire.FrameNoTarget, "", ""))
}

// handleAll handles events in their order.
func (s *stream) handleAll(ctx context.Context, end context.CancelCauseFunc) {
	for f := range s.waiting {
		if ctx.Err() != nil {
			continue
		}
		if err := s.answer(ctx, s.handled(ctx, f)); err != nil {
			end(err)
		}
	}
}

// The data of the answers to events.
const (
	streamSuccess = `{"status":"SUCCESS","message":"success"}`
	streamLater   = `{"status":"LATER","message":"later"}`
)

// handled hands an event over and returns the answer to it. What is about
// another company is none of ours, and not asked for again.
func (s *stream) handled(ctx context.Context, f wire.Frame) wire.FrameReply {
	e, err := f.Event()
	if err != nil || e.EventType == "" {
		return f.Reply(wire.FrameBad, "not an event", "")
	}
	if e.CorpID != "" && string(e.CorpID) != s.provider.corpID {
		return f.Reply(wire.FrameOK, "OK", streamSuccess)
	}
	if err := s.handle(ctx, event(e)); err != nil {
		return f.Reply(wire.FrameOK, "OK", streamLater)
	}
	return f.Reply(wire.FrameOK, "OK", streamSuccess)
}

func (s *stream) answer(ctx context.Context, r wire.FrameReply) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, writePatience)
	defer cancel()
	return s.conn.Write(ctx, websocket.MessageText, text)
}

// keepAlive pings a connection on which nothing comes, and ends one that does
// not answer: without, a cut line would look like a quiet day.
func (s *stream) keepAlive(ctx context.Context, end context.CancelCauseFunc) {
	tick := time.NewTicker(streamPing)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if s.silence() < streamPing {
			continue
		}
		ping, cancel := context.WithTimeout(ctx, pingPatience)
		err := s.conn.Ping(ping)
		cancel()
		if err != nil {
			end(errStreamSilent)
			return
		}
	}
}
