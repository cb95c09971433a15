package messaging

import (
	"context"
	"fmt"
	"time"

	"github.com/thirdapp/thirdapp/internal/gather"
	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// lastCallMargin is how long before the office app's window closes it is asked
// for the last time.
const lastCallMargin = time.Minute

// trackBatch is the handler of TrackKind.
func (s *Service) trackBatch(ctx context.Context, run jobs.Run) error {
	ctx = tenant.AsSystem(ctx, "messaging")
	w, err := s.load(ctx, run)
	if err != nil {
		return fmt.Errorf("messaging: track batch: %w", err)
	}
	if !w.Batch.Tracking {
		return nil
	}
	at, err := s.openAccepted(ctx, w)
	if err != nil && !lasting(err) {
		return fmt.Errorf("messaging: track batch: %w", err)
	}
	if err != nil || at.track == nil { // nobody can be asked: accepted is all that will ever be known
		return s.endTracking(ctx, w)
	}
	return s.ask(ctx, w, at, s.windowOf(w, at.limits))
}

// window is the time in which a batch can be tracked.
type window struct {
	lastCall, end time.Time
}

func (s *Service) windowOf(w Work, limits provider.Limits) window {
	d := s.cfg.TrackFor
	if limits.TrackWindow > 0 {
		d = min(d, limits.TrackWindow)
	}
	return window{
		lastCall: w.Batch.AcceptedAt.Add(d - min(lastCallMargin, d/10)),
		end:      w.Batch.AcceptedAt.Add(d),
	}
}

// ask asks the office app once, stores the answer, and says when to ask again.
func (s *Service) ask(ctx context.Context, w Work, at channel, win window) error {
	start := s.cfg.Now()
	if !start.Before(win.end) {
		return s.endTracking(ctx, w)
	}
	report, err := s.report(ctx, w, at)
	now := stamp(s.cfg.Now())
	s.logTrack(ctx, w, err, now.Sub(start))
	if ctx.Err() != nil {
		return fmt.Errorf("messaging: track batch: %w", ctx.Err())
	}
	p := Progress{Batch: w.Batch.BatchRef, Done: !now.Before(win.lastCall), At: now}
	if err == nil {
		p.add(w, report)
	}
	switch provider.CodeOf(err) {
	case provider.NotFound, provider.Unsupported: // it forgot the batch, or never knew
		p.Done = true
	default:
	}
	open, err2 := s.storeProgress(ctx, w, p)
	if err2 != nil {
		return err2
	}
	if !open {
		return nil
	}
	pause := s.trackPause(w.Batch.Tracks+1, err)
	return jobs.Again(max(0, min(pause, win.lastCall.Sub(now))))
}

func (s *Service) report(ctx context.Context, w Work, at channel) (provider.TrackReport, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.SendTimeout)
	defer cancel()
	return at.track(ctx, provider.TrackRequest{
		TaskID: w.Batch.TaskID, Recipients: w.Batch.Recipients, Conversation: w.conversation(),
	})
}

// trackPause is the pause after the n-th question.
func (s *Service) trackPause(n int, err error) time.Duration {
	pause := vary(s.cfg.TrackBackoff[min(n, len(s.cfg.TrackBackoff)-1)])
	return max(pause, retryAfter(err))
}

// add sorts a report by states.
func (p *Progress) add(w Work, report provider.TrackReport) {
	if w.Everyone || w.Channel == ChannelGroup {
		p.AllDelivered = report.Done
		p.Done = p.Done || report.Done
		return
	}
	if report.Outcomes == nil { // no word on single people; accepted stands
		p.Done = p.Done || report.Done
		return
	}
	for user, o := range report.Outcomes {
		switch o.Outcome {
		case provider.OutcomeDelivered:
			p.Delivered = append(p.Delivered, user)
		case provider.OutcomeRead:
			p.Read = append(p.Read, user)
		case provider.OutcomeFailed:
			if w.arrivedBefore(o) {
				p.Delivered = append(p.Delivered, user)
				continue
			}
			if p.Failed == nil {
				p.Failed = make(map[provider.UserID]Failure)
			}
			p.Failed[user] = personFailure(w.Provider, o.Err)
		case provider.OutcomePending:
		}
	}
}

// arrivedBefore reports whether somebody did not get a message because an
// earlier attempt, of which no answer came, had brought it already.
func (w Work) arrivedBefore(o provider.PersonOutcome) bool {
	return w.Batch.MaybeSent && o.Err != nil && o.Err.Code == provider.AlreadyExists
}

func personFailure(kind provider.Kind, err *provider.Error) Failure {
	if err == nil { // the office app did not say why
		return Failure{Code: provider.Unknown, Provider: kind}
	}
	return *failureOf(err)
}

func (s *Service) endTracking(ctx context.Context, w Work) error {
	_, err := s.storeProgress(ctx, w, Progress{Batch: w.Batch.BatchRef, Done: true, At: stamp(s.cfg.Now())})
	return err
}

// tracking is a report on its way into the store.
type tracking struct {
	progress Progress
	tracked  Tracked
}

func (s *Service) storeProgress(ctx context.Context, w Work, p Progress) (open bool, err error) {
	t := &tracking{progress: p}
	err = persist(ctx, func(ctx context.Context) error { return s.reports.Do(ctx, t) })
	if err != nil {
		return false, fmt.Errorf("messaging: track batch: %w", err)
	}
	s.cfg.Metrics.countTracked(w, t.tracked)
	return t.tracked.Open, nil
}

// trackTogether stores the reports of a group in one transaction.
func (s *Service) trackTogether(ctx context.Context, group []*gather.Share[*tracking]) {
	gather.Together(ctx, group, func(ctx context.Context, list []*tracking) ([]error, error) {
		return nil, s.store.InTx(ctx, func(ctx context.Context) error { return s.storeReports(ctx, list) })
	})
}

func (s *Service) storeReports(ctx context.Context, list []*tracking) error {
	reports := make([]Progress, len(list))
	for i, t := range list {
		reports[i] = t.progress
	}
	tracked, err := s.store.Track(ctx, reports...)
	if err != nil {
		return err
	}
	for _, t := range list {
		t.tracked = tracked[t.progress.Batch]
		if !t.tracked.changed() {
			continue
		}
		if err := s.publishBatch(ctx, t.progress.Batch); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) logTrack(ctx context.Context, w Work, err error, took time.Duration) {
	if err == nil {
		return
	}
	f := failureOf(err)
	s.cfg.Logger.WarnContext(ctx, "batch not tracked",
		"tenant", w.Batch.Tenant, "provider", w.Provider, "op", TrackKind,
		"message", w.Batch.MessageID, "batch", w.Batch.Number, "attempt", w.Batch.Tracks+1,
		"code", f.Code.String(), "upstream", f.Upstream, "request", f.RequestID, "took", took)
}
