package dingtalktest

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Limits of custom robots (docs, "custom robot", read 2026-11-22).
const (
	defaultWebhookPerMinute = 20
	// webhookPause is how long a robot that was too fast stays refused.
	webhookPause = 10 * time.Minute
	maxKeywords  = 10
)

// Webhook is a custom robot of a group. DingTalk asks for at least one of
// Secret, Keywords and IPWhitelist; the emulator does not.
type Webhook struct {
	// Token is the access_token of its address; made up when empty.
	Token string `json:"token"`
	Name  string `json:"name,omitempty"`
	// GroupID is the group it writes to; empty is one that nobody else knows.
	GroupID string `json:"groupId,omitempty"`
	// Secret makes it ask for a signature.
	Secret string `json:"secret,omitempty"`
	// Keywords are up to 10, one of which must be in every message.
	Keywords []string `json:"keywords,omitempty"`
	// IPWhitelist lists addresses or prefixes in CIDR form.
	IPWhitelist []string `json:"ipWhitelist,omitempty"`
	// PerMinute bounds its messages in 60 seconds; one more, and it is refused
	// for 10 minutes. Default 20 (docs, "custom robot", read 2026-11-22), below
	// 0 there is no bound.
	PerMinute int `json:"perMinute,omitempty"`
	// Stopped robots are refused.
	Stopped bool `json:"stopped,omitempty"`
}

// webhook is a Webhook in use.
type webhook struct {
	company *company
	group   *group // nil for a group nobody knows
	info    Webhook
	allowed []netip.Prefix

	mu      sync.Mutex
	stopped bool
	removed bool
	// sent are the times of the newest messages, as many as fit in a minute.
	sent   []time.Time
	paused time.Time // refused until then
	uuids  map[string]struct{}
}

// AddWebhook adds a custom robot to a company and returns it with what was made
// up. It returns ErrNotFound for the company or the group, ErrExists for a token
// that is taken, ErrInvalid for what makes no sense.
func (em *Emulator) AddWebhook(corpID string, w Webhook) (Webhook, error) {
	co, err := em.company(corpID)
	if err != nil {
		return Webhook{}, err
	}
	g := em.rooms.group(w.GroupID)
	if w.GroupID != "" && (g == nil || g.company != co) {
		return Webhook{}, fmt.Errorf("%w: webhook %q: group %q", ErrNotFound, w.Name, w.GroupID)
	}
	if len(w.Keywords) > maxKeywords || slices.Contains(w.Keywords, "") {
		return Webhook{}, fmt.Errorf("%w: webhook %q: keywords %q; at most %d, none empty", ErrInvalid, w.Name, w.Keywords, maxKeywords)
	}
	allowed, err := parsePrefixes(w.IPWhitelist)
	if err != nil {
		return Webhook{}, fmt.Errorf("webhook %q: %w", w.Name, err)
	}
	w.Token = cmp.Or(w.Token, newWebhookToken())
	w.PerMinute = cmp.Or(w.PerMinute, defaultWebhookPerMinute)
	w.Keywords, w.IPWhitelist = slices.Clone(w.Keywords), slices.Clone(w.IPWhitelist)
	added := &webhook{company: co, group: g, info: w, allowed: allowed, stopped: w.Stopped, uuids: make(map[string]struct{})}
	em.rooms.mu.Lock()
	defer em.rooms.mu.Unlock()
	if em.rooms.webhooks[w.Token] != nil {
		return Webhook{}, fmt.Errorf("%w: webhook token", ErrExists)
	}
	em.rooms.webhooks[w.Token] = added
	em.rooms.orderedWebhooks = append(em.rooms.orderedWebhooks, added)
	return w, nil
}

// newWebhookToken makes a token in the look of real ones.
func newWebhookToken() string {
	token := make([]byte, 32)
	rand.Read(token)
	return hex.EncodeToString(token)
}

// StopWebhook lets a custom robot refuse its messages with 400102, or take them
// again. It returns ErrNotFound.
func (em *Emulator) StopWebhook(token string, stop bool) error {
	return em.changeWebhook(token, func(w *webhook) { w.stopped = stop })
}

// RemoveWebhook takes a custom robot out of its group; its address answers
// 400106 from then on. It returns ErrNotFound.
func (em *Emulator) RemoveWebhook(token string) error {
	return em.changeWebhook(token, func(w *webhook) { w.removed = true })
}

func (em *Emulator) changeWebhook(token string, change func(*webhook)) error {
	w := em.rooms.webhook(token)
	if w == nil {
		return fmt.Errorf("%w: webhook", ErrNotFound)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w)
	return nil
}

// Webhooks returns the custom robots of a company, in the order they were added
// and without those removed.
func (em *Emulator) Webhooks(corpID string) []Webhook {
	em.rooms.mu.RLock()
	defer em.rooms.mu.RUnlock()
	webhooks := []Webhook{}
	for _, w := range em.rooms.orderedWebhooks {
		if info, ok := w.current(); ok && w.company.corpID == corpID {
			webhooks = append(webhooks, info)
		}
	}
	return webhooks
}

// current returns the robot as it is now; ok is false for a removed one.
func (w *webhook) current() (info Webhook, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	info = w.info
	info.Stopped = w.stopped
	return info, !w.removed
}

func (w *webhook) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent, w.paused = nil, time.Time{}
	clear(w.uuids)
}

// take lets one more message in, unless the robot is too fast. A repeat of a
// message with the same uuid is taken, too, but is not new. The documentation
// does not say how long a uuid is remembered; here it is until Reset.
func (w *webhook) take(now time.Time, uuid string) (isNew bool, refused *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, again := w.uuids[uuid]; again {
		return false, nil
	}
	if !w.fits(now) {
		return false, errWebhookTooFast
	}
	if uuid != "" {
		w.uuids[uuid] = struct{}{}
	}
	return true, nil
}

// fits counts a message, and begins a pause when there are too many. The caller
// holds the lock.
func (w *webhook) fits(now time.Time) bool {
	switch {
	case w.info.PerMinute < 0:
		return true
	case now.Before(w.paused):
		return false
	}
	w.sent = slices.DeleteFunc(w.sent, func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	if len(w.sent) >= w.info.PerMinute {
		w.paused = now.Add(webhookPause)
		return false
	}
	w.sent = append(w.sent, now)
	return true
}
