package messaging_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
	"github.com/thirdapp/thirdapp/tenant"
)

// trail returns what was done to a message and what came of it, oldest first.
func (b *bundle) trail(id string) []string {
	b.t.Helper()
	list, err := b.store.Audit(b.t.Context(), here, tenant.AuditFilter{}, tenant.Page{Limit: tenant.MaxPageLimit})
	if err != nil {
		b.t.Fatal(err)
	}
	var got []string
	for _, e := range slices.Backward(list.Items) {
		if e.Target == id {
			got = append(got, e.ActorID+" "+e.Action+" "+e.Outcome)
		}
	}
	return got
}

// TestUpdateStatus: the audit trail says of each change what came of it.
func TestUpdateStatus(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		b := newBundle(t, s, options{authz: grants{"sender": tenant.RoleSender}})
		r := b.toUsers(0)
		r.Content = provider.Content{Type: provider.NoticeContent, Notice: &provider.Notice{
			Title: "报销单", Text: "请审批", URL: "https://a.example/1", Status: &provider.Status{Text: "待审批"},
		}}
		m := b.send(r)
		b.run(0)
		done := provider.Status{Text: "已同意", Color: "00AA00"}
		b.fake.Fail(providertest.OpStatus, 1, refused())
		if err := b.svc.UpdateStatus(b.ctx(), here, m.ID, done); provider.CodeOf(err) != provider.PermissionDenied {
			t.Errorf("refused by the office app: got %v", err)
		}
		if err := b.svc.UpdateStatus(b.ctx(), here, m.ID, provider.Status{}); !errors.Is(err, messaging.ErrInvalidContent) {
			t.Errorf("without a text: got %v, want %v", err, messaging.ErrInvalidContent)
		}
		if err := b.svc.UpdateStatus(b.ctx(), here, m.ID, done); err != nil {
			t.Error(err)
		}
		if got := b.fake.Sent()[0].Status; got != done {
			t.Errorf("status: got %+v, want %+v", got, done)
		}
		sender := tenant.WithActor(t.Context(), tenant.Actor{UserID: "sender"})
		if err := b.svc.UpdateStatus(sender, here, m.ID, done); !errors.Is(err, tenant.ErrForbidden) {
			t.Errorf("of somebody else: got %v, want %v", err, tenant.ErrForbidden)
		}
		if err := b.svc.UpdateStatus(b.ctx(), there, m.ID, done); !errors.Is(err, messaging.ErrMessageNotFound) {
			t.Errorf("of another tenant: got %v, want %v", err, messaging.ErrMessageNotFound)
		}
		want := []string{
			"system:test message.status permission_denied", "system:test message.status invalid_content", "system:test message.status ok",
		}
		if got := b.trail(m.ID); !slices.Equal(got, want) {
			t.Errorf("audit trail: got %q, want %q", got, want)
		}
	})
}
