package messaging

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/jobs"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// streamPatience is how long after its last piece a stream counts as broken off,
// when the process that feeds it may have died.
const streamPatience = 10 * time.Minute

// SendStream is [Service.Send] to recipients that come in pieces, for more
// people than one request may name. Each piece names at most
// Config.MaxRecipients people by usernames, user ids or ids of the office app;
// the Recipients of the request are empty, and its channel is ChannelWork or
// ChannelRobot.
//
// Pieces are stored as they come, and sending begins with the first of them, or
// at SendAt. Memory grows by about 40 bytes a person: somebody who was named
// before does not get the message again, and stands among the deliveries as
// DeliveryUnbound with [ReasonRepeated]. Call it outside of a transaction.
//
// When a piece comes with an error, or ctx ends, or the store fails, the message
// goes to those who were stored by then, and one delivery in state
// DeliveryUnbound with [ReasonBrokenOff] says that others are missing. The error
// is returned with the message. When the process dies the same happens ten
// minutes later. Somebody who cancels the message ends the stream:
// [ErrStreamCancelled].
//
// A repeat with the IdempotencyKey of an earlier stream, also of one that is
// still going on, returns its message and takes no piece.
func (s *Service) SendStream(
	ctx context.Context, t tenant.ID, r Request, pieces iter.Seq2[Recipients, error],
) (Message, error) {
	m, err := s.sendStream(ctx, t, r.normal(), pieces)
	if err != nil {
		return m, fmt.Errorf("messaging: send stream: %w", err)
	}
	return m, nil
}

func (s *Service) sendStream(
	ctx context.Context, t tenant.ID, r Request, pieces iter.Seq2[Recipients, error],
) (Message, error) {
	switch {
	case s.store.Joined(ctx):
		return Message{}, errors.New("it cannot be part of a transaction")
	case r.Recipients.count() > 0 || r.Recipients.All:
		return Message{}, errInvalidRequest("recipients",
			"流式发送的接收人由各批次给出，请求本身的recipients须为空", "the recipients of a stream come with its pieces; leave those of the request empty")
	}
	r.streamed = true
	m, created, err := s.send(ctx, t, r)
	if err != nil || !created {
		return m, err
	}
	st := &stream{service: s, message: m, seen: make(map[streamKey]bool)}
	if st.at, err = s.openAgain(ctx, Work{Batch: Batch{BatchRef: BatchRef{Tenant: t}}, AppID: m.AppID, OrgID: m.OrgID, Channel: m.Channel}); err == nil {
		err = st.feed(ctx, pieces)
	}
	if err != nil {
		return m, st.breakOff(ctx, err)
	}
	return s.store.Message(ctx, t, m.ID)
}

// stream is a message whose recipients are coming.
type stream struct {
	service *Service
	message Message
	at      channel
	seen    map[streamKey]bool
	// position is the Selection.After that the message stands at.
	position string
	pieces   int
	// waiting are people who do not fill a batch yet.
	waiting []Recipient
}

// streamKey stands for a recipient.
type streamKey [16]byte

// feed stores the pieces.
func (st *stream) feed(ctx context.Context, pieces iter.Seq2[Recipients, error]) error {
	for piece, err := range pieces {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = st.service.validPiece(piece, st.message.Channel)
		}
		if err != nil {
			return fmt.Errorf("piece %d: %w", st.pieces+1, err)
		}
		if err := st.add(ctx, piece); err != nil {
			return err
		}
	}
	return st.store(ctx, nil, true)
}

// validPiece checks what comes in a stream.
func (s *Service) validPiece(to Recipients, name Channel) error {
	if to.All || to.selected() || len(to.ConversationIDs) > 0 {
		return errInvalidRequest("recipients",
			"流式发送的批次只能填写usernames、userIds或providerUserIds", "a piece names people by usernames, userIds or providerUserIds")
	}
	if to.count() == 0 {
		return nil
	}
	return Request{Channel: name, Recipients: to}.validRecipients(s.cfg.MaxRecipients)
}

// add stores a piece. People who do not fill a batch wait for the next one.
func (st *stream) add(ctx context.Context, piece Recipients) error {
	ro, err := st.service.resolve(ctx, st.message.Tenant, st.at, piece)
	if err != nil {
		return err
	}
	st.pieces++
	var lost []Unbound
	for _, u := range ro.unbound {
		if st.first("u:" + u.Recipient.UserID + ":" + u.Recipient.Username) {
			lost = append(lost, u)
		}
	}
	for _, r := range ro.bound {
		if st.first("p:" + string(r.ProviderUserID)) {
			st.waiting = append(st.waiting, r)
		} else {
			ro.repeated = append(ro.repeated, r)
		}
	}
	for _, r := range ro.repeated {
		lost = append(lost, Unbound{Recipient: r, Failure: repeated})
	}
	return st.store(ctx, lost, false)
}

// first reports whether somebody is named for the first time.
func (st *stream) first(name string) bool {
	sum := sha256.Sum256([]byte(name))
	key := streamKey(sum[:])
	if st.seen[key] {
		return false
	}
	st.seen[key] = true
	return true
}

// store stores who is waiting, in the end all, otherwise full batches.
func (st *stream) store(ctx context.Context, lost []Unbound, end bool) error {
	now := stamp(st.service.cfg.Now())
	ready := len(st.waiting)
	if size := st.at.perSend; size > 0 && !end {
		ready -= ready % size
	}
	ro := roster{bound: st.waiting[:ready]}
	e := Extension{
		Seen: st.position, After: streamPosition(st.pieces, now), Done: end, Batches: ro.batches(st.at.perSend), Unbound: lost, At: now,
	}
	err := persist(ctx, func(ctx context.Context) error { return st.service.extend(ctx, st.message, e) })
	if errors.Is(err, tenant.ErrConflict) {
		return ErrStreamCancelled
	}
	if err != nil {
		return err
	}
	st.waiting, st.position = append([]Recipient(nil), st.waiting[ready:]...), e.After
	return nil
}

// breakOffTimeout bounds breakOff, whose request may have ended.
const breakOffTimeout = 10 * time.Second

// breakOff stores who is waiting and that others are missing, and returns why.
func (st *stream) breakOff(ctx context.Context, cause error) error {
	if errors.Is(cause, ErrStreamCancelled) {
		return cause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), breakOffTimeout)
	defer cancel()
	return errors.Join(cause, st.store(ctx, []Unbound{{Failure: brokenOff}}, true))
}

// streamPosition is the Selection.After of a stream: the number of its pieces
// and the time of the last one.
func streamPosition(pieces int, at time.Time) string {
	return strconv.Itoa(pieces) + " " + at.Format(time.RFC3339Nano)
}

// watchStream ends a stream whose process seems to have died.
func (s *Service) watchStream(ctx context.Context, m Message, of Selection) error {
	last := m.CreatedAt
	if _, at, ok := strings.Cut(of.After, " "); ok {
		t, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			return jobs.Drop(fmt.Errorf("messaging: stream: %w", err))
		}
		last = t
	}
	now := stamp(s.cfg.Now())
	if left := streamPatience - now.Sub(last); left > 0 {
		return jobs.Again(left)
	}
	return s.extend(ctx, m, Extension{Seen: of.After, Done: true, Unbound: []Unbound{{Failure: brokenOff}}, At: now})
}

var repeated = Failure{ //nolint:gochecknoglobals // constant
	Code: provider.AlreadyExists, Reason: ReasonRepeated,
	Message: provider.Text{ZH: "该接收人已在本消息的接收人中", EN: "the message goes to this person already"},
}

var brokenOff = Failure{ //nolint:gochecknoglobals // constant
	Code: provider.Canceled, Reason: ReasonBrokenOff,
	Message: provider.Text{
		ZH: "接收人列表在传输过程中中断，其后的接收人未收到消息", EN: "the list of recipients broke off; those after that point are missing",
	},
	Remedy: provider.Text{
		ZH: "请向其余接收人另行发送", EN: "send the message to the others again",
	},
}
