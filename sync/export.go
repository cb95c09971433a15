package sync

import (
	"context"
	"iter"

	"github.com/thirdapp/thirdapp/tenant"
)

// EachChange yields all changes of a run that pass a filter, in the order in
// which they were planned, a page of the store at a time: a plan of any size
// takes the memory of a page. An error is yielded last. It needs sync.read.
func (s *Service) EachChange(ctx context.Context, t tenant.ID, id string, f ChangeFilter) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		for page := (tenant.Page{Limit: tenant.MaxPageLimit}); ; {
			list, err := s.Changes(ctx, t, id, f, page)
			if err != nil {
				yield(Change{}, err)
				return
			}
			for _, c := range list.Items {
				if !yield(c, nil) {
					return
				}
			}
			if page.Cursor = list.Next; page.Cursor == "" {
				return
			}
		}
	}
}
