package providertest

import (
	"context"
	"fmt"
	"slices"
	"strings"
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
		{"sends to departments", sendsToDepartments},
		{"tells who was turned away", tellsWhoWasTurnedAway},
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

func sendsToDepartments(t *testing.T, s subject) {
	sender, top := ability[provider.MessageSender](t, s), s.Company.children("")[0].ID
	to, _ := s.Company.below(top)
	receipt, err := sender.Send(t.Context(), provider.Audience{Departments: []provider.DepartmentID{to.ID}}, render(t, sender, "department"), "")
	if provider.CodeOf(err) == provider.Unsupported {
		t.Skipf("it cannot: %v", err)
	}
	if err != nil || receipt.TaskID == "" {
		t.Fatalf("Send = %+v, %v; want a receipt", receipt, err)
	}
	if s.Received == nil {
		return
	}
	got := s.Received()
	if len(got) != 1 || got[0].Everyone {
		t.Fatalf("received: got %+v, want one to a department", got)
	}
	if len(got[0].Departments) > 0 {
		if len(got[0].Users) > 0 || !slices.Equal(got[0].Departments, []provider.DepartmentID{to.ID}) {
			t.Errorf("received: for %+v, want for department %s", got[0], to.ID)
		}
		return
	}
	users, want := slices.Sorted(slices.Values(got[0].Users)), slices.Sorted(slices.Values(s.Company.peopleBelow(to.ID)))
	if !slices.Equal(users, want) {
		t.Errorf("received: for %v, want for those of department %s and below, %v", users, to.ID, want)
	}
}

// tellsWhoWasTurnedAway: by the id that the caller gave, whatever the office
// app's spelling is.
func tellsWhoWasTurnedAway(t *testing.T, s subject) {
	sender := ability[provider.MessageSender](t, s)
	if s.Refuse == nil {
		t.Skip("the office app turns nobody away at once")
	}
	kept, away := s.Company.People[0].UserID, s.Company.People[1].UserID
	for _, p := range s.Company.People[2:] {
		if strings.ToLower(string(p.UserID)) != string(p.UserID) {
			away = p.UserID
		}
	}
	s.Refuse(t, away)
	to := provider.Audience{Users: []provider.UserID{kept, away}}
	receipt, err := sender.Send(t.Context(), to, render(t, sender, "turned away"), "")
	if err != nil || receipt.TaskID == "" {
		t.Fatalf("Send = %+v, %v; want a receipt", receipt, err)
	}
	if len(receipt.Refused) != 1 || receipt.Refused[away] == nil {
		t.Fatalf("Refused is %v, want %s alone, with a reason", receipt.Refused, away)
	}
	wantError(t, "the reason", s.Kind(), receipt.Refused[away], provider.CodeOf(receipt.Refused[away]))
	s.wantReceipt(t, receipt)
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
