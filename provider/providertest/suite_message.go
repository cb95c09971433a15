package providertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

func runSender(t *testing.T, newHarness func(testing.TB) Harness) {
	t.Helper()
	each(t, newHarness, append(channelTests(newHarness, workTo), []test{
		{"sends to as many as the limit allows", func(t *testing.T, s subject) {
			sender := ability[provider.MessageSender](t, s)
			n := s.Limits().UsersPerSend
			if n == 0 {
				t.Skip("there is no limit")
			}
			users := make([]provider.UserID, n)
			for i := range users {
				users[i] = s.Company.People[i%len(s.Company.People)].UserID
				if i >= len(s.Company.People) {
					users[i] = provider.UserID(fmt.Sprintf("%s-%d", users[i], i)) // nobody, and that is no error
				}
			}
			if _, err := sender.Send(t.Context(), provider.Audience{Users: users}, render(t, sender, "limit"), ""); err != nil {
				t.Errorf("Send to %d users: %v", n, err)
			}
		}},
		{"repeats are one message", func(t *testing.T, s subject) {
			sender := ability[provider.MessageSender](t, s)
			workTo(t, s).repeatsAreOne(t, s.Limits().SendDeduplicates, func(m provider.Rendered, dedup string) error {
				_, err := sender.Send(t.Context(), provider.Audience{Users: s.somebody()}, m, dedup)
				return err
			})
		}},
		{"sends to everyone", func(t *testing.T, s subject) {
			sender := ability[provider.MessageSender](t, s)
			receipt, err := sender.Send(t.Context(), provider.Audience{Everyone: true}, render(t, sender, "all"), "")
			if provider.CodeOf(err) == provider.Unsupported {
				t.Skipf("it cannot: %v", err)
			}
			if err != nil || receipt.TaskID == "" {
				t.Fatalf("Send = %+v, %v; want a receipt", receipt, err)
			}
			if s.Received != nil {
				if got := s.Received(); len(got) != 1 || !got[0].Everyone {
					t.Errorf("received: got %+v, want one to everyone", got)
				}
			}
		}},
	}...))
}

// workTo opens the channel of work notifications to two people.
func workTo(t *testing.T, s subject) channel {
	t.Helper()
	sender := ability[provider.MessageSender](t, s)
	return s.toPeople(channel{
		limit: s.Limits().MessageBytes, render: sender.Render, received: s.Received,
		sendTo: func(ctx context.Context, users []provider.UserID, m provider.Rendered) (provider.Receipt, error) {
			return sender.Send(ctx, provider.Audience{Users: users}, m, "")
		},
	})
}

// somebody is one person as an audience.
func (s subject) somebody() []provider.UserID {
	return []provider.UserID{s.Company.People[0].UserID}
}

// received counts what has arrived; 0 where nobody can tell.
func (s subject) received() int {
	if s.Received == nil {
		return 0
	}
	return len(s.Received())
}

func render(tb testing.TB, sender provider.MessageSender, text string) provider.Rendered {
	tb.Helper()
	m, err := sender.Render(provider.NewText(text))
	if err != nil {
		tb.Fatalf("Render: %v", err)
	}
	return m
}
