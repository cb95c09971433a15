package identity

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"github.com/thirdapp/thirdapp/tenant"
)

// How many codes may be sent, and how many tried, for one proof, and within an
// hour for one member and for one number of a tenant: every login of somebody
// who is not bound gives them a new proof.
const (
	triesOfProof = 5
	triesOfHour  = 10
	triesWindow  = time.Hour
)

// count takes one of the tries that a proof, its member and a number are good
// for.
func (s *Service) count(ctx context.Context, v voucher, mobile, step string) error {
	if err := s.countUp(ctx, v.tenant, v.ID+"/"+step, triesOfProof, v.until(), ErrManyTries); err != nil {
		return err
	}
	hour := s.cfg.Now().Truncate(triesWindow)
	for _, of := range []string{"member/" + v.key().ID(), "mobile/" + mobile} {
		// What is counted may be long, and nobody else's business.
		sum := sha256.Sum256([]byte(of + "/" + strconv.FormatInt(hour.Unix(), 10)))
		id := base64.RawURLEncoding.EncodeToString(sum[:]) + "/" + step
		if err := s.countUp(ctx, v.tenant, id, triesOfHour, hour.Add(triesWindow), errTriesOfHour); err != nil {
			return err
		}
	}
	return nil
}

// countUp uses one of so many up, until a time; refusal is the answer when all
// are used.
func (s *Service) countUp(
	ctx context.Context, t tenant.ID, id string, many int, until time.Time, refusal *tenant.Error,
) error {
	for n := range many {
		err := s.store.Use(ctx, t, id+"/"+strconv.Itoa(n), until)
		if !errors.Is(err, tenant.ErrConflict) {
			return err
		}
	}
	return refusal
}
