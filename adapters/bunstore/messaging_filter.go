package bunstore

import (
	"fmt"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/tenant"
)

// conditions are what rows must meet, all of them.
type conditions struct {
	parts []string
	args  []any
	texts []string
}

// newConditions are about rows of thirdapp_messages AS m.
func newConditions(t tenant.ID) *conditions { return new(conditions).and("m.tenant_id = ?", t) }

// and adds a condition. Texts among its arguments come from outside.
func (c *conditions) and(text string, args ...any) *conditions {
	c.parts, c.args = append(c.parts, text), append(c.args, args...)
	for _, a := range args {
		if text, ok := a.(string); ok {
			c.texts = append(c.texts, text)
		}
	}
	return c
}

// equal adds a condition on a column unless the value is "".
func (c *conditions) equal(column, value string) {
	if value != "" {
		c.and(column+" = ?", value)
	}
}

func (c *conditions) text() string { return "(" + strings.Join(c.parts, ") AND (") + ")" }

func (c *conditions) check() error { return checkText(c.texts...) }

// conditionsOf returns what a filter asks for.
func (s *Store) conditionsOf(t tenant.ID, f messaging.MessageFilter) *conditions {
	c := newConditions(t)
	c.equal("m.provider", string(f.Provider))
	c.equal("m.channel", string(f.Channel))
	c.equal("m.webhook", f.Webhook)
	c.equal("m.template_name", f.Template)
	c.equal("m.created_by_name", f.CreatedBy)
	if !f.Since.IsZero() {
		c.and("m.created_at >= ?", storedUp(f.Since))
	}
	if !f.Before.IsZero() {
		c.and("m.created_at < ?", storedUp(f.Before))
	}
	if f.State != "" {
		c.and(inState(f.State))
	}
	switch f.Has {
	case "":
	case messaging.DeliveryUnbound:
		c.and("m.unbound > 0")
	default:
		c.and(s.hasDelivery(), string(f.Has), string(f.Has))
	}
	return c
}

// storedUp returns the first time that the databases can keep and that is not
// before t.
func storedUp(t time.Time) time.Time { return stored(t.Add(time.Microsecond - 1)) }

// anyBatch returns the condition that a message has a batch b like that.
func anyBatch(condition string) string {
	return "EXISTS (SELECT 1 FROM thirdapp_message_batches b" +
		" WHERE b.tenant_id = m.tenant_id AND b.message_id = m.id AND (" + condition + "))"
}

// inState returns the condition that stateOf gives a message that state.
func inState(state messaging.State) string {
	var (
		resolving = "m.selection IS NOT NULL"
		pending   = anyBatch("b.state = 'pending'")
		scheduled = anyBatch("b.state = 'scheduled'")
		begun     = anyBatch("b.state NOT IN ('pending', 'scheduled') AND (b.recipients > 0 OR m.everyone)")
		open      = anyBatch("b.state IN ('pending', 'scheduled', 'sending')")
		tracking  = anyBatch("b.tracking")
	)
	switch state {
	case messaging.Scheduled:
		return fmt.Sprintf("NOT %s AND NOT %s AND (%s OR %s AND m.send_at IS NOT NULL)", begun, pending, scheduled, resolving)
	case messaging.Queued:
		return fmt.Sprintf("NOT %s AND (%s OR %s AND m.send_at IS NULL AND NOT %s)", begun, pending, resolving, scheduled)
	case messaging.Sending:
		return fmt.Sprintf("%s AND (%s OR %s)", begun, resolving, open)
	case messaging.Tracking:
		return fmt.Sprintf("NOT %s AND NOT %s AND %s", resolving, open, tracking)
	case messaging.Finished:
		return fmt.Sprintf("NOT %s AND NOT %s AND NOT %s", resolving, open, tracking)
	}
	return "1 = 0"
}

// hasDelivery returns the condition that countsOf counts a delivery of a batch
// in a state, which is its argument twice.
func (s *Store) hasDelivery() string {
	own := "json_each(b.counts)"
	if s.postgres() {
		own = "json_each_text(b.counts)"
	}
	return anyBatch("CAST(b.counts ->> ? AS integer) > 0 OR b.state = ?" +
		" AND CASE WHEN m.everyone THEN 1 ELSE b.recipients END >" +
		" (SELECT COALESCE(sum(CAST(o.value AS integer)), 0) FROM " + own + " AS o)")
}
