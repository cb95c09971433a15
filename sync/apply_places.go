package sync

import (
	"context"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// localDepartments are the platform's ids of departments that are applied.
type localDepartments map[provider.DepartmentID]string

func (s *Service) localDepartments(ctx context.Context, dir Directory) (localDepartments, error) {
	mirror, err := s.store.MirrorDepartments(ctx, dir)
	if err != nil {
		return nil, err
	}
	local := make(localDepartments, len(mirror))
	for _, d := range mirror {
		if !d.Gone {
			local[d.ID] = d.LocalID
		}
	}
	return local, nil
}

// place fills in the platform's departments of people's places.
func (local localDepartments) place(list []PendingPerson) {
	for i := range list {
		p := &list[i]
		read := len(p.Placed)
		p.Placed = slices.DeleteFunc(p.Placed, func(at StagedPlace) bool { return local[at.DepartmentID] == "" })
		p.Unplaced = read - len(p.Placed)
		p.Places = local.places(p.Placed)
	}
}

// places returns places as the platform's, without those it has no department
// for.
func (local localDepartments) places(read []StagedPlace) []Place {
	var list []Place
	for _, at := range read {
		if id := local[at.DepartmentID]; id != "" {
			list = append(list, Place{DepartmentLocalID: id, Leader: at.Leader, Order: at.Order})
		}
	}
	return list
}
