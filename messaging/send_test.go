package messaging_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

func TestSend(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		m := b.send(b.toUsers(0, 1))
		if m.State != messaging.Queued || !maps.Equal(m.Counts, counts{messaging.DeliveryPending: 2}) {
			t.Errorf("accepted: got %s with %v", m.State, m.Counts)
		}
		b.want(m.ID, messaging.Queued, counts{messaging.DeliveryPending: 2})
		if n := len(b.fake.Sent()); n != 0 {
			t.Errorf("the office app was called %d times before the job ran", n)
		}
		b.run(0)
		b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 2})
		if got, want := b.sentTo(), (map[provider.UserID]int{personID(0): 1, personID(1): 1}); !maps.Equal(got, want) {
			t.Errorf("sent to %v, want %v", got, want)
		}
		d := b.deliveries(m.ID)[0]
		want := messaging.Recipient{Username: userName(0), UserID: userID(0), ProviderUserID: personID(0)}
		if d.Recipient != want || d.ProviderTaskID != "task-1" || d.Attempts != 1 || d.Failure != nil {
			t.Errorf("delivery: got %+v", d)
		}
		b.queue.WantNoErrors(t)
	})
}

func TestSendSplitsIntoBatches(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		const people, perSend = 23, 5
		b := newBundle(t, s, options{people: people, limits: provider.Limits{UsersPerSend: perSend}})
		r := b.toUsers()
		for n := range people {
			r.Recipients.Usernames = append(r.Recipients.Usernames, userName(n))
		}
		m := b.send(r)
		if got := b.queue.Len(); got != 5 {
			t.Errorf("got %d jobs, want one for each of 5 batches", got)
		}
		b.run(0)
		b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: people})
		sent := b.sentTo()
		if len(sent) != people || slices.Max(slices.Collect(maps.Values(sent))) != 1 {
			t.Errorf("sent to %v, want each of %d once", sent, people)
		}
	})
}

func TestSendRecipients(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		exec(t, s, "UPDATE thirdapp_people SET disabled = TRUE WHERE id = ?", userID(4))
		exec(t, s, "UPDATE thirdapp_memberships SET state = 'suspended' WHERE person_id = ?", userID(5))
		exec(t, s, "UPDATE thirdapp_bindings SET active = FALSE WHERE person_id = ?", userID(6))
		exec(t, s, "DELETE FROM thirdapp_bindings WHERE person_id = ?", userID(7))

		r := b.toUsers(0, 0, 1, 4, 5, 6)
		r.Recipients.Usernames = append(r.Recipients.Usernames, "nobody", "nobody")
		r.Recipients.UserIDs = []string{userID(1), userID(2), userID(6), userID(7), "no-id"}
		r.Recipients.ProviderUserIDs = []provider.UserID{personID(2), personID(3), "stranger"}
		m := b.send(r)

		want := map[messaging.Recipient]string{
			{Username: userName(0), UserID: userID(0), ProviderUserID: personID(0)}: "",
			{Username: userName(1), UserID: userID(1), ProviderUserID: personID(1)}: "",
			{Username: userName(2), UserID: userID(2), ProviderUserID: personID(2)}: "",
			{Username: userName(3), UserID: userID(3), ProviderUserID: personID(3)}: "",
			{ProviderUserID: "stranger"}:               "",
			{Username: userName(4), UserID: userID(4)}: messaging.ReasonSuspended,
			{Username: userName(5), UserID: userID(5)}: messaging.ReasonSuspended,
			{Username: "nobody"}:                       messaging.ReasonUnknownUser,
			{UserID: "no-id"}:                          messaging.ReasonUnknownUser,
			{Username: userName(6), UserID: userID(6)}: messaging.ReasonNotBound,
			{Username: userName(7), UserID: userID(7)}: messaging.ReasonNotBound,
		}
		got := make(map[messaging.Recipient]string)
		for _, d := range b.deliveries(m.ID) {
			reason := ""
			if d.Failure != nil {
				reason = d.Failure.Reason
			}
			got[d.Recipient] = reason
			if (d.State == messaging.DeliveryUnbound) != (reason != "") {
				t.Errorf("%+v is %s with reason %q", d.Recipient, d.State, reason)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("got %v\nwant %v", got, want)
		}
		wantTwice := []string{userName(0), "nobody", userID(1), userID(6), string(personID(2))}
		if !slices.Equal(b.message(m.ID).Duplicates, wantTwice) {
			t.Errorf("duplicates: got %v, want %v", b.message(m.ID).Duplicates, wantTwice)
		}
		if n := len(b.deliveries(m.ID)); n != len(want) {
			t.Errorf("got %d deliveries, want %d", n, len(want))
		}
	})
}

func TestSendToNobodyBound(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		r := b.toUsers()
		r.Recipients.Usernames = []string{"ghost", "spirit"}
		m := b.send(r)
		if m.State != messaging.Finished || !maps.Equal(m.Counts, counts{messaging.DeliveryUnbound: 2}) {
			t.Errorf("accepted: got %s with %v", m.State, m.Counts)
		}
		b.want(m.ID, messaging.Finished, counts{messaging.DeliveryUnbound: 2})
		if n := b.queue.Len(); n != 0 {
			t.Errorf("got %d jobs, want none", n)
		}
		if f := b.deliveries(m.ID)[0].Failure; f == nil || f.Message.ZH == "" || f.Remedy.EN == "" {
			t.Errorf("failure: got %+v, want message and remedy", f)
		}
	})
}

func TestSendToEveryone(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		m := b.send(b.toAll())
		b.run(0)
		b.want(m.ID, messaging.Tracking, counts{messaging.DeliveryAccepted: 1})
		if sent := b.fake.Sent(); len(sent) != 1 || !sent[0].Everyone {
			t.Errorf("sent: got %+v, want one to everyone", sent)
		}
		if r := b.deliveries(m.ID)[0].Recipient; r != (messaging.Recipient{All: true}) {
			t.Errorf("recipient: got %+v, want All", r)
		}
		b.fake.Progress("task-1", 100)
		b.run(time.Minute)
		b.want(m.ID, messaging.Finished, counts{messaging.DeliveryDelivered: 1})
	})
}

func TestSendPermissions(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{authz: grants{
			"sender": tenant.RoleSender, "operator": tenant.RoleOperator, "viewer": tenant.RoleViewer,
		}})
		as := func(user string) context.Context {
			return tenant.WithActor(t.Context(), tenant.Actor{UserID: user, Username: "name of " + user})
		}
		for _, c := range []struct {
			user string
			t    tenant.ID
			r    messaging.Request
			want error
		}{
			{"sender", here, b.toUsers(0), nil},
			{"operator", here, b.toUsers(0), nil},
			{"operator", here, b.toAll(), nil},
			{"sender", here, b.toAll(), tenant.ErrForbidden},
			{"sender", here, b.toAll(), tenant.ErrForbidden}, // is in the audit trail once
			{"viewer", here, b.toUsers(0), tenant.ErrForbidden},
			{"sender", there, b.toUsers(0), tenant.ErrForbidden},
			{"stranger", here, b.toUsers(0), tenant.ErrForbidden},
		} {
			m, err := b.svc.Send(as(c.user), c.t, c.r)
			if !errors.Is(err, c.want) {
				t.Errorf("%s in %s, all %t: got error %v, want %v", c.user, c.t, c.r.Recipients.All, err, c.want)
			}
			if err == nil && (m.CreatedBy != c.user || m.CreatedByName != "name of "+c.user) {
				t.Errorf("created by %s (%s), want %s", m.CreatedBy, m.CreatedByName, c.user)
			}
		}
		if _, err := b.svc.Send(t.Context(), here, b.toUsers(0)); !errors.Is(err, tenant.ErrNoActor) {
			t.Errorf("without an actor: got error %v, want %v", err, tenant.ErrNoActor)
		}
		list, err := s.Audit(t.Context(), here, tenant.AuditFilter{}, tenant.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range list.Items {
			got = append(got, fmt.Sprintf("%s %s %s", e.ActorID, e.Action, e.Outcome))
			if strings.Contains(string(e.After), "body-7f3a") {
				t.Errorf("the audit trail has the text: %s", e.After)
			}
		}
		slices.Sort(got)
		if want := []string{"operator message.broadcast ok", "sender message.broadcast forbidden"}; !slices.Equal(got, want) {
			t.Errorf("audit trail: got %v, want %v", got, want)
		}
	})
}

func TestReadPermissions(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{authz: grants{"viewer": tenant.RoleViewer}})
	m := b.send(b.toUsers(0))
	for user, want := range map[string]error{"viewer": nil, "stranger": tenant.ErrForbidden} {
		ctx := tenant.WithActor(t.Context(), tenant.Actor{UserID: user})
		_, err1 := b.svc.Message(ctx, here, m.ID)
		_, err2 := b.svc.Messages(ctx, here, messaging.MessageFilter{}, tenant.Page{})
		_, err3 := b.svc.Deliveries(ctx, here, m.ID, messaging.DeliveryFilter{}, tenant.Page{})
		_, err4 := b.svc.Batches(ctx, here, m.ID)
		for i, err := range []error{err1, err2, err3, err4} {
			if !errors.Is(err, want) {
				t.Errorf("%s, method %d: got error %v, want %v", user, i, err, want)
			}
		}
	}
	_, err1 := b.svc.Message(b.ctx(), there, m.ID)
	_, err2 := b.svc.Deliveries(b.ctx(), there, m.ID, messaging.DeliveryFilter{}, tenant.Page{})
	_, err3 := b.svc.Batches(b.ctx(), there, m.ID)
	for i, err := range []error{err1, err2, err3} {
		if !errors.Is(err, messaging.ErrMessageNotFound) {
			t.Errorf("method %d in another tenant: got error %v, want %v", i, err, messaging.ErrMessageNotFound)
		}
	}
	_, err := b.svc.Deliveries(b.ctx(), here, m.ID, messaging.DeliveryFilter{States: []messaging.DeliveryState{"odd"}}, tenant.Page{})
	wantRefusal(t, err, messaging.ErrInvalidRequest, "state")
}

// errNoDepartment is what the audiences answer.
var errNoDepartment = tenant.Refuse(provider.NotFound, "department_not_found", "", "")

func TestSendRefusals(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{
		limits: provider.Limits{MessageBytes: 200}, cfg: messaging.Config{MaxRecipients: 10},
		fake: providertest.FakeConfig{Degrades: []provider.ContentType{provider.MarkdownContent}},
	})
	for name, c := range map[string]struct {
		change func(*messaging.Request)
		want   *tenant.Error
		field  string
	}{
		"nobody":        {func(r *messaging.Request) { r.Recipients = messaging.Recipients{} }, messaging.ErrNoRecipients, "recipients"},
		"both":          {func(r *messaging.Request) { r.Recipients.All = true }, messaging.ErrAmbiguousRecipients, "recipients"},
		"departments":   {func(r *messaging.Request) { r.Recipients.DepartmentIDs = []string{"1"} }, errNoDepartment, "recipients.departmentIds"},
		"no provider":   {func(r *messaging.Request) { r.Provider = "" }, messaging.ErrInvalidRequest, "provider"},
		"channel":       {func(r *messaging.Request) { r.Channel = "pigeon" }, messaging.ErrInvalidRequest, "channel"},
		"onUnsupported": {func(r *messaging.Request) { r.OnUnsupported = "explode" }, messaging.ErrInvalidRequest, "onUnsupported"},
		"no content":    {func(r *messaging.Request) { r.Content = provider.Content{} }, messaging.ErrInvalidContent, "content.type"},
		"empty text":    {func(r *messaging.Request) { r.Content = provider.NewText("") }, messaging.ErrInvalidContent, "content.text.content"},
		"unknown type":  {func(r *messaging.Request) { r.Content.Type = "hologram" }, messaging.ErrInvalidContent, "content.type"},
		"two contents":  {func(r *messaging.Request) { r.Content.Link = &provider.Link{} }, messaging.ErrInvalidContent, "content"},
		"NUL":           {func(r *messaging.Request) { r.Content = provider.NewText("a\x00b") }, messaging.ErrInvalidContent, "content.text.content"},
		"not UTF-8":     {func(r *messaging.Request) { r.Content = provider.NewText("a\xffb") }, messaging.ErrInvalidContent, "content.text.content"},
		"too long":      {func(r *messaging.Request) { r.Content = provider.NewText(strings.Repeat("长", 60)) }, messaging.ErrContentTooLong, "content"},
		"degraded": {func(r *messaging.Request) {
			r.Content, r.OnUnsupported = provider.NewMarkdown("t", "*x*"), messaging.Refuse
		}, messaging.ErrWouldDegrade, "content"},
		"robot to all":       {func(r *messaging.Request) { *r = b.toAll(); r.Channel = messaging.ChannelRobot }, messaging.ErrUnsupported, "recipients.all"},
		"group of people":    {func(r *messaging.Request) { r.Channel = messaging.ChannelGroup }, messaging.ErrInvalidRequest, "recipients"},
		"conversation":       {func(r *messaging.Request) { r.Recipients.ConversationIDs = []provider.ConversationID{"c"} }, messaging.ErrInvalidRequest, "recipients.conversationIds"},
		"no webhook":         {func(r *messaging.Request) { r.Channel = messaging.ChannelWebhook }, messaging.ErrInvalidRequest, "webhook"},
		"webhook and people": {func(r *messaging.Request) { r.Channel, r.Webhook = messaging.ChannelWebhook, "ops" }, messaging.ErrInvalidRequest, "recipients"},
		"stray webhook":      {func(r *messaging.Request) { r.Webhook = "ops" }, messaging.ErrInvalidRequest, "webhook"},
		"sent before":        {func(r *messaging.Request) { r.SendAt = b.clock.Now() }, messaging.ErrInvalidRequest, "sendAt"},
		"far ahead":          {func(r *messaging.Request) { r.SendAt = b.clock.Now().AddDate(2, 0, 0) }, messaging.ErrInvalidRequest, "sendAt"},
		"expires first": {func(r *messaging.Request) {
			r.SendAt, r.ExpiresAt = b.clock.Now().Add(time.Hour), b.clock.Now().Add(time.Minute)
		}, messaging.ErrInvalidRequest, "expiresAt"},
		"onTooLong":     {func(r *messaging.Request) { r.OnTooLong = "explode" }, messaging.ErrInvalidRequest, "onTooLong"},
		"no more":       {func(r *messaging.Request) { r.OnTooLong = messaging.Shorten }, messaging.ErrInvalidRequest, "moreUrl"},
		"odd more":      {func(r *messaging.Request) { r.OnTooLong, r.MoreURL = messaging.Shorten, "javascript:x" }, messaging.ErrInvalidRequest, "moreUrl"},
		"stray more":    {func(r *messaging.Request) { r.MoreURL = "https://a.b" }, messaging.ErrInvalidRequest, "moreUrl"},
		"two sources":   {func(r *messaging.Request) { r.Template = &messaging.TemplateUse{Name: "x"} }, messaging.ErrInvalidRequest, "template"},
		"mention":       {func(r *messaging.Request) { r.Mentions.Mobiles = []string{""} }, messaging.ErrInvalidRecipient, "mentions.mobiles[0]"},
		"expired":       {func(r *messaging.Request) { r.ExpiresAt = b.clock.Now() }, messaging.ErrInvalidRequest, "expiresAt"},
		"far expiry":    {func(r *messaging.Request) { r.ExpiresAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, messaging.ErrInvalidRequest, "expiresAt"},
		"key too long":  {func(r *messaging.Request) { r.IdempotencyKey = strings.Repeat("k", 129) }, messaging.ErrInvalidRequest, "idempotencyKey"},
		"key of spaces": {func(r *messaging.Request) { r.IdempotencyKey = "a b" }, messaging.ErrInvalidRequest, "idempotencyKey"},
		"key not ASCII": {func(r *messaging.Request) { r.IdempotencyKey = "键" }, messaging.ErrInvalidRequest, "idempotencyKey"},
		"too many": {func(r *messaging.Request) {
			r.Recipients.UserIDs = slices.Repeat([]string{"x"}, 10)
		}, messaging.ErrTooManyRecipients, "recipients"},
		"empty name": {func(r *messaging.Request) { r.Recipients.Usernames = []string{"a", ""} }, messaging.ErrInvalidRecipient, "recipients.usernames[1]"},
		"long name":  {func(r *messaging.Request) { r.Recipients.UserIDs = []string{strings.Repeat("x", 257)} }, messaging.ErrInvalidRecipient, "recipients.userIds[0]"},
		"odd name":   {func(r *messaging.Request) { r.Recipients.ProviderUserIDs = []provider.UserID{"a\x00"} }, messaging.ErrInvalidRecipient, "recipients.providerUserIds[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := b.toUsers(0)
			c.change(&r)
			_, err := b.svc.Send(b.ctx(), here, r)
			wantRefusal(t, err, c.want, c.field)
		})
	}
	t.Cleanup(func() {
		list, err := b.store.Messages(context.Background(), here, messaging.MessageFilter{}, tenant.Page{})
		if err != nil || len(list.Items) != 0 || b.queue.Len() != 0 {
			t.Errorf("after refusals: %d messages, %d jobs, %v; want none", len(list.Items), b.queue.Len(), err)
		}
	})
}

func TestSendSizeIsThatOfTheRenderedMessage(t *testing.T) {
	t.Parallel()
	const bound = 500
	b := newBundle(t, openSQLite(t), options{limits: provider.Limits{MessageBytes: bound}})
	frame := len(`{"type":"text","text":{"content":""}}`)
	fits := strings.Repeat("长", (bound-frame)/3) + strings.Repeat("x", (bound-frame)%3)
	r := b.toUsers(0)
	r.Content = provider.NewText(fits)
	b.send(r)
	r.Content = provider.NewText(fits + "x")
	_, err := b.svc.Send(b.ctx(), here, r)
	wantRefusal(t, err, messaging.ErrContentTooLong, "content")
	var e *tenant.Error
	if errors.As(err, &e) {
		for _, text := range []string{e.Message.ZH, e.Message.EN} {
			if !strings.Contains(text, "501") || !strings.Contains(text, "500") {
				t.Errorf("message %q does not say size and bound", text)
			}
		}
	}
}

func TestSendDegraded(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{fake: providertest.FakeConfig{Degrades: []provider.ContentType{provider.MarkdownContent}}})
		r := b.toUsers(0)
		r.Content = provider.NewMarkdown("t", "*x*")
		m := b.send(r)
		want := []provider.Text{{ZH: "markdown：显示为文本", EN: "markdown: shown as text"}}
		if !slices.Equal(m.Degraded, want) || !slices.Equal(b.message(m.ID).Degraded, want) {
			t.Errorf("degraded: got %v and %v, want %v", m.Degraded, b.message(m.ID).Degraded, want)
		}
		_, err := s.DB().ExecContext(t.Context(), `UPDATE thirdapp_messages SET degraded = '["markdown: shown as text"]'`)
		if err != nil {
			t.Fatal(err)
		}
		want[0].ZH = "" // as earlier versions stored it
		if got := b.message(m.ID).Degraded; !slices.Equal(got, want) {
			t.Errorf("degraded, of an earlier version: got %v, want %v", got, want)
		}
	})
}

func TestSendIdempotently(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		r := b.toUsers(0, 1)
		r.IdempotencyKey = "order-1!"
		first := b.send(r)
		b.run(0)
		again := b.send(r)
		if again.ID != first.ID || again.State != messaging.Tracking {
			t.Errorf("repeated: got %s in state %s, want %s being tracked", again.ID, again.State, first.ID)
		}
		for name, change := range map[string]func(*messaging.Request){
			"recipients": func(r *messaging.Request) { r.Recipients.Usernames = r.Recipients.Usernames[:1] },
			"content":    func(r *messaging.Request) { r.Content = provider.NewText("other") },
			"expiry":     func(r *messaging.Request) { r.ExpiresAt = b.clock.Now().Add(time.Hour) },
		} {
			other := r
			change(&other)
			_, err := b.svc.Send(b.ctx(), here, other)
			if err == nil {
				t.Errorf("another %s: got no error", name)
			}
			wantRefusal(t, err, messaging.ErrKeyReused, "idempotencyKey")
		}
		b.conns.fail(tenant.ErrNotConfigured)
		if again := b.send(r); again.ID != first.ID {
			t.Errorf("repeated without an app: got %s, want %s", again.ID, first.ID)
		}
		b.conns.fail(nil)
		b.clock.Pass(24*time.Hour - time.Second)
		if again := b.send(r); again.ID != first.ID {
			t.Errorf("repeated within 24 h: got %s, want %s", again.ID, first.ID)
		}
		b.clock.Pass(2 * time.Second)
		if again := b.send(r); again.ID == first.ID {
			t.Error("repeated after 24 h: got the first message, want a new one")
		}
		b.run(0)
		if got := b.sentTo()[personID(0)]; got != 2 {
			t.Errorf("sent %d times, want 2", got)
		}
	})
}

func TestSendIdempotentlyAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		r := b.toUsers(0)
		r.IdempotencyKey = "race"
		const racers = 8
		ids := make([]string, racers)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() {
				m, err := b.svc.Send(b.ctx(), here, r)
				if err != nil {
					t.Errorf("Send: %v", err)
				}
				ids[i] = m.ID
			})
		}
		wg.Wait()
		slices.Sort(ids)
		if ids = slices.Compact(ids); len(ids) != 1 {
			t.Errorf("got messages %v, want one", ids)
		}
		b.run(0)
		if got := b.sentTo()[personID(0)]; got != 1 {
			t.Errorf("sent %d times, want once", got)
		}
	})
}

func TestSendInTheHostsTransaction(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{})
		stop := errors.New("stop")
		var id string
		err := s.InTx(b.ctx(), func(ctx context.Context) error {
			m, err := b.svc.Send(ctx, here, b.toUsers(0))
			if err != nil {
				t.Errorf("Send: %v", err)
			}
			id = m.ID
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatalf("InTx: %v", err)
		}
		if _, err := b.svc.Message(b.ctx(), here, id); !errors.Is(err, messaging.ErrMessageNotFound) {
			t.Errorf("after a rollback: got error %v, want %v", err, messaging.ErrMessageNotFound)
		}
		if n := b.queue.Len(); n != 0 {
			t.Errorf("after a rollback: %d jobs, want none", n)
		}
		err = s.DB().RunInTx(b.ctx(), nil, func(ctx context.Context, tx bun.Tx) error {
			m, err := b.svc.Send(s.WithTx(ctx, tx.Tx), here, b.toUsers(0))
			id = m.ID
			return err
		})
		if err != nil {
			t.Fatalf("Send in the host's transaction: %v", err)
		}
		b.want(id, messaging.Queued, counts{messaging.DeliveryPending: 1})
	})
}

func TestSendWithoutConnection(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	b.conns.fail(tenant.ErrNotConfigured)
	if _, err := b.svc.Send(b.ctx(), here, b.toUsers(0)); !errors.Is(err, tenant.ErrNotConfigured) {
		t.Errorf("got error %v, want %v", err, tenant.ErrNotConfigured)
	}
	b.conns.fail(nil)
	b.conns.conn.Provider = mute{b.conns.conn.Provider}
	if _, err := b.svc.Send(b.ctx(), here, b.toUsers(0)); !errors.Is(err, provider.ErrUnsupported) {
		t.Errorf("got error %v, want %v", err, provider.ErrUnsupported)
	}
}

// mute is a provider without abilities.
type mute struct{ p provider.Provider }

func (m mute) Kind() provider.Kind     { return m.p.Kind() }
func (m mute) Limits() provider.Limits { return m.p.Limits() }
func (m mute) Close() error            { return nil }

func TestMessages(t *testing.T) {
	t.Parallel()
	b := newBundle(t, openSQLite(t), options{})
	var want []string
	for range 3 {
		want = append([]string{b.send(b.toUsers(0)).ID}, want...)
	}
	list, err := b.svc.Messages(b.ctx(), here, messaging.MessageFilter{Provider: b.fake.Kind()}, tenant.Page{Limit: 2})
	if err != nil || len(list.Items) != 2 || list.Next == "" {
		t.Fatalf("Messages = %d items, next %q, %v", len(list.Items), list.Next, err)
	}
	rest, err := b.svc.Messages(b.ctx(), here, messaging.MessageFilter{}, tenant.Page{Limit: 2, Cursor: list.Next})
	if err != nil || len(rest.Items) != 1 || rest.Next != "" {
		t.Fatalf("Messages = %d items, next %q, %v", len(rest.Items), rest.Next, err)
	}
	got := []string{list.Items[0].ID, list.Items[1].ID, rest.Items[0].ID}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
