package storetest_test

import (
	"context"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/adapters/storetest"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// The faults: each is a store that is right but for one thing.
type (
	spendsAll       struct{ *bunstore.Store }
	spendsInPart    struct{ *bunstore.Store }
	spendsByWindow  struct{ *bunstore.Store }
	refundsNothing  struct{ *bunstore.Store }
	spendsOutside   struct{ *bunstore.Store }
	mixesMedia      struct{ *bunstore.Store }
	keepsExpired    struct{ *bunstore.Store }
	anyAppsMedia    struct{ *bunstore.Store }
	anyHookVersion  struct{ *bunstore.Store }
	forgetsSecret   struct{ *bunstore.Store }
	bumpsVersion    struct{ *bunstore.Store }
	sharesSettings  struct{ *bunstore.Store }
	endlessQuotas   struct{ *bunstore.Store }
	prunesAllQuotas struct{ *bunstore.Store }
	groupsAll       struct{ *bunstore.Store }
	keepsGroups     struct{ *bunstore.Store }
	wipesGroups     struct{ *bunstore.Store }
	takesStreams    struct{ *bunstore.Store }
	keepsStreams    struct{ *bunstore.Store }
	hidesFailures   struct{ *bunstore.Store }
)

func (s spendsAll) Spend(ctx context.Context, t tenant.ID, uses []messaging.QuotaUse) ([]messaging.QuotaUse, error) {
	unbounded := make([]messaging.QuotaUse, len(uses))
	for i, u := range uses {
		u.Most = 1 << 30
		unbounded[i] = u
	}
	got, err := s.Store.Spend(ctx, t, unbounded)
	for i := range got {
		got[i].Most = uses[i].Most
	}
	return got, err
}

func (s spendsInPart) Spend(ctx context.Context, t tenant.ID, uses []messaging.QuotaUse) ([]messaging.QuotaUse, error) {
	got, err := s.Store.Spend(ctx, t, uses)
	for i, u := range got {
		if u.Over {
			return got[:i], err
		}
	}
	return got, err
}

func (s spendsByWindow) Spend(ctx context.Context, t tenant.ID, uses []messaging.QuotaUse) ([]messaging.QuotaUse, error) {
	single := make([]messaging.QuotaUse, len(uses))
	for i, u := range uses {
		u.Since = time.Time{}
		single[i] = u
	}
	got, err := s.Store.Spend(ctx, t, single)
	for i := range got {
		got[i].Since = uses[i].Since
	}
	return got, err
}

func (refundsNothing) Refund(context.Context, tenant.ID, []messaging.QuotaUse) error { return nil }

func (s spendsOutside) Spend(_ context.Context, t tenant.ID, uses []messaging.QuotaUse) ([]messaging.QuotaUse, error) {
	// SQLite has one writer: where the caller has a transaction, this waits
	// for it in vain.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return s.Store.Spend(ctx, t, uses)
}

func (s mixesMedia) Media(
	ctx context.Context, t tenant.ID, appID string, _ provider.MediaKind, hash string,
) (messaging.Media, error) {
	return s.Store.Media(ctx, t, appID, provider.MediaImage, hash)
}

func (s keepsExpired) SaveMedia(ctx context.Context, m messaging.Media) error {
	m.ExpiresAt = time.Time{}
	return s.Store.SaveMedia(ctx, m)
}

func (s anyAppsMedia) SaveMedia(ctx context.Context, m messaging.Media) error {
	m.AppIdentity = ""
	return s.Store.SaveMedia(ctx, m)
}

func (s anyHookVersion) UpdateWebhook(ctx context.Context, w messaging.Webhook) error {
	old, err := s.Webhook(ctx, w.Tenant, w.Name)
	if err != nil {
		return err
	}
	w.Version = old.Version
	return s.Store.UpdateWebhook(ctx, w)
}

func (s forgetsSecret) CreateWebhook(ctx context.Context, w messaging.Webhook) error {
	w.SignSecret = tenant.Sealed{}
	return s.Store.CreateWebhook(ctx, w)
}

// ReplaceWebhookSecrets stores all of next.
func (s bumpsVersion) ReplaceWebhookSecrets(ctx context.Context, old, next messaging.Webhook) error {
	if err := s.Store.ReplaceWebhookSecrets(ctx, old, next); err != nil {
		return err
	}
	return s.UpdateWebhook(ctx, next)
}

func (s sharesSettings) Settings(ctx context.Context, t tenant.ID) (messaging.Settings, error) {
	m, err := s.Store.Settings(ctx, "t-1")
	m.Tenant = t
	return m, err
}

func (s endlessQuotas) Quotas(ctx context.Context, t tenant.ID, now time.Time, share, _ int) ([]messaging.QuotaUse, error) {
	return s.Store.Quotas(ctx, t, now, share, 1000)
}

func (s prunesAllQuotas) PruneQuotas(ctx context.Context, t tenant.ID, _ time.Time) error {
	return s.Store.PruneQuotas(ctx, t, time.Now().AddDate(100, 0, 0))
}

func (s groupsAll) SpendGroups(
	ctx context.Context, t tenant.ID, groups []messaging.QuotaGroup,
) (map[messaging.BatchRef]bool, error) {
	unbounded := make([]messaging.QuotaGroup, len(groups))
	for i, g := range groups {
		g.Most, g.MostSame = 0, 0
		unbounded[i] = g
	}
	return s.Store.SpendGroups(ctx, t, unbounded)
}

func (keepsGroups) RefundGroups(context.Context, tenant.ID, []messaging.QuotaGroup) error { return nil }

func (s wipesGroups) RefundGroups(ctx context.Context, t tenant.ID, _ []messaging.QuotaGroup) error {
	_, err := s.DB().ExecContext(ctx, "DELETE FROM thirdapp_quota_groups WHERE tenant_id = ?", t)
	return err
}

// HoldStreams takes leases that have not run out.
func (s takesStreams) HoldStreams(
	ctx context.Context, holder string, keys []dirsync.StreamKey, at, until time.Time,
) ([]dirsync.StreamKey, error) {
	return s.Store.HoldStreams(ctx, holder, keys, at.AddDate(1, 0, 0), until)
}

func (s keepsStreams) ReleaseStreams(context.Context, string, []dirsync.StreamKey) error { return nil }

func (s hidesFailures) NoteStream(ctx context.Context, holder string, key dirsync.StreamKey, n dirsync.StreamNote) error {
	n.Failure = nil
	return s.Store.NoteStream(ctx, holder, key, n)
}

// otherStore is what the suites are run on.
type otherStore interface {
	storetest.StreamStore
	storetest.QuotaStore
	messaging.MediaStore
	messaging.WebhookStore
	storetest.SettingsStore
}

// brokenOthers are the faults with the subtest that must find each.
func brokenOthers() map[string]fault[otherStore] {
	return map[string]fault[otherStore]{
		"spends all":        {func(s *bunstore.Store) otherStore { return spendsAll{s} }, "quotas/over"},
		"spends in part":    {func(s *bunstore.Store) otherStore { return spendsInPart{s} }, "quotas/over"},
		"spends by window":  {func(s *bunstore.Store) otherStore { return spendsByWindow{s} }, "quotas/since"},
		"refunds nothing":   {func(s *bunstore.Store) otherStore { return refundsNothing{s} }, "quotas/refund"},
		"spends outside":    {func(s *bunstore.Store) otherStore { return spendsOutside{s} }, "quotas/transaction"},
		"no limit":          {func(s *bunstore.Store) otherStore { return endlessQuotas{s} }, "quotas/list_has_a_limit"},
		"prunes all quotas": {func(s *bunstore.Store) otherStore { return prunesAllQuotas{s} }, "quotas/prune"},
		"groups all":        {func(s *bunstore.Store) otherStore { return groupsAll{s} }, "quotas/groups,_room"},
		"keeps groups":      {func(s *bunstore.Store) otherStore { return keepsGroups{s} }, "quotas/groups,_refund"},
		"wipes groups":      {func(s *bunstore.Store) otherStore { return wipesGroups{s} }, "quotas/groups,_refund_of_some"},
		"mixes media":       {func(s *bunstore.Store) otherStore { return mixesMedia{s} }, "media/keys"},
		"any app's media":   {func(s *bunstore.Store) otherStore { return anyAppsMedia{s} }, "media/save_and_read"},
		"keeps expired":     {func(s *bunstore.Store) otherStore { return keepsExpired{s} }, "media/prune"},
		"any version":       {func(s *bunstore.Store) otherStore { return anyHookVersion{s} }, "webhooks/update"},
		"bumps version":     {func(s *bunstore.Store) otherStore { return bumpsVersion{s} }, "webhooks/secrets_replaced"},
		"forgets secret":    {func(s *bunstore.Store) otherStore { return forgetsSecret{s} }, "webhooks/create_and_read"},
		"shares settings":   {func(s *bunstore.Store) otherStore { return sharesSettings{s} }, "settings/tenants_apart"},
		"takes streams":     {func(s *bunstore.Store) otherStore { return takesStreams{s} }, "streams/leases"},
		"keeps streams":     {func(s *bunstore.Store) otherStore { return keepsStreams{s} }, "streams/released"},
		"hides failures":    {func(s *bunstore.Store) otherStore { return hidesFailures{s} }, "streams/state"},
		"nothing is wrong":  {func(s *bunstore.Store) otherStore { return s }, ""},
	}
}

// TestBrokenOtherStores runs the suites on the store that the environment
// names.
func TestBrokenOtherStores(t *testing.T) {
	open := theFault(t, brokenOthers()).open
	t.Run("quotas", func(t *testing.T) {
		storetest.RunQuotas(t, func(tb testing.TB) storetest.QuotaStore { return open(tb) })
	})
	t.Run("media", func(t *testing.T) {
		storetest.RunMedia(t, func(tb testing.TB) messaging.MediaStore { return open(tb) })
	})
	t.Run("webhooks", func(t *testing.T) {
		storetest.RunWebhooks(t, func(tb testing.TB) storetest.WebhookStore { return open(tb) })
	})
	t.Run("streams", func(t *testing.T) {
		storetest.RunStreams(t, func(tb testing.TB) storetest.StreamStore { return open(tb) })
	})
	t.Run("settings", func(t *testing.T) {
		storetest.RunMessageSettings(t, func(tb testing.TB) storetest.SettingsStore { return open(tb) })
	})
}

func TestOtherSuitesFindFaults(t *testing.T) {
	t.Parallel()
	wantFound(t, "TestBrokenOtherStores", brokenOthers())
}
