package bunstore

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Divert implements messaging.BatchStore. The batch is waiting, Sending or
// Accepted; of the later parts those are changed that wait. ErrConflict when it
// is in another state or none of the people is in it any more; nothing has
// changed then.
//
// A waiting batch that loses people takes another claim: whoever has read its
// Work before must read it again, since Claim and Settle are a conflict. It is
// removed when nobody is left in it.
func (s *Store) Divert(
	ctx context.Context, ref messaging.BatchRef, d messaging.Diversion,
) (first messaging.BatchRef, err error) {
	err = checkText(ref.MessageID)
	if err == nil {
		err = s.InTx(ctx, func(ctx context.Context) error {
			first, err = s.divert(ctx, ref, d)
			return err
		})
	}
	if err != nil {
		return messaging.BatchRef{}, fmt.Errorf("bunstore: divert: %w", err)
	}
	return first, nil
}

func (s *Store) divert(
	ctx context.Context, ref messaging.BatchRef, d messaging.Diversion,
) (messaging.BatchRef, error) {
	chain, err := s.lockChain(ctx, ref)
	if err != nil {
		return ref, err
	}
	found, err := s.countAmong(ctx, ref, d.Users)
	if err != nil {
		return ref, err
	}
	if found == 0 || !chain[0].divertible() {
		return ref, tenant.ErrConflict
	}
	last, err := s.takeNumbers(ctx, ref.Tenant, ref.MessageID, len(chain))
	if err != nil {
		return ref, err
	}
	batches := make([]batchRow, 0, len(chain))
	for i, from := range chain {
		to := diverted(from, last+1+i, d)
		if to.Recipients, err = s.moveAmong(ctx, from, to.Number, d.Users); err != nil {
			return ref, err
		}
		if to.Recipients == 0 {
			continue
		}
		to.Follows = len(batches) > 0 && batches[len(batches)-1].Number == to.Number-1
		batches = append(batches, to)
		if err := s.shrink(ctx, from, to.Recipients, to.Number); err != nil {
			return ref, err
		}
	}
	return batches[0].ref(), s.insertPeople(ctx, nil, batches, nil)
}

// divertible reports whether people of the batch may still be sent something.
func (r batchRow) divertible() bool {
	return r.waiting() || r.State == messaging.DeliverySending || r.State == messaging.DeliveryAccepted
}

// lockChain locks a batch and returns it with the later parts for the same
// people, up to the first that waits no more.
func (s *Store) lockChain(ctx context.Context, ref messaging.BatchRef) ([]batchRow, error) {
	var chain []batchRow
	err := s.forUpdate(s.idb(ctx).NewSelect().Model(&chain).
		Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number)).Scan(ctx)
	if err != nil {
		return nil, storeError(err)
	}
	if len(chain) == 0 {
		return nil, tenant.ErrNotFound
	}
	if chain[0].Part == 0 {
		return chain, nil
	}
	var later []batchRow
	err = s.forUpdate(s.idb(ctx).NewSelect().Model(&later).
		Where("tenant_id = ? AND message_id = ? AND number > ?", ref.Tenant, ref.MessageID, ref.Number).
		Where("number - part = ? AND follows", ref.Number-chain[0].Part).OrderExpr("number")).Scan(ctx)
	for i, b := range later {
		if b.Number != ref.Number+1+i || !b.waiting() {
			break
		}
		chain = append(chain, b)
	}
	return chain, storeError(err)
}

const whereAmong = "tenant_id = ? AND message_id = ? AND batch = ? AND state IS NULL AND provider_user_id ?"

// countAmong counts those of the people who are in a batch without a state of
// their own.
func (s *Store) countAmong(ctx context.Context, ref messaging.BatchRef, users []provider.UserID) (int, error) {
	if len(users) == 0 {
		return 0, nil
	}
	n, err := s.idb(ctx).NewSelect().Model((*deliveryRow)(nil)).
		Where(whereAmong, ref.Tenant, ref.MessageID, ref.Number, anyOf[provider.UserID](users)).Count(ctx)
	return int(n), storeError(err)
}

// moveAmong moves those people to another batch and returns how many they are.
func (s *Store) moveAmong(ctx context.Context, from batchRow, to int, users []provider.UserID) (int, error) {
	n, err := affected(s.idb(ctx).NewUpdate().Model((*deliveryRow)(nil)).Set("batch = ?", to).
		Where(whereAmong, from.TenantID, from.MessageID, from.Number, anyOf[provider.UserID](users)).Exec(ctx))
	return int(n), storeError(err)
}

// diverted returns the batch for people of another one.
func diverted(from batchRow, number int, d messaging.Diversion) batchRow {
	return batchRow{
		TenantID: from.TenantID, MessageID: from.MessageID, Number: number, Part: from.Part,
		State: d.State, NextAt: stored(d.NextAt), Attempts: d.Attempts, Failure: d.Failure,
		MaybeSent: from.MaybeSent, Moved: true, UpdatedAt: stored(d.At),
	}
}

// shrink takes people, none of whom has a state of their own, off a batch's
// number. to is the batch they are in now.
func (s *Store) shrink(ctx context.Context, from batchRow, people, to int) error {
	ref := from.ref()
	if from.waiting() && from.Recipients <= people {
		_, err := s.idb(ctx).NewDelete().Model((*batchRow)(nil)).
			Where(whereBatch, ref.Tenant, ref.MessageID, ref.Number).Exec(ctx)
		return storeError(err)
	}
	_, err := s.ofBatch(ctx, ref).Set("recipients = ?, claim = ?", from.Recipients-people, from.fence(to)).Exec(ctx)
	return storeError(err)
}

// fence returns the claim of a batch that loses people to another one. While it
// waits that is a new one: who has read it with these people must not send it.
func (r batchRow) fence(to int) string {
	if !r.waiting() {
		return r.Claim
	}
	return fmt.Sprintf("moved to %d", to)
}
