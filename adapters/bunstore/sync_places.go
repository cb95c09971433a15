package bunstore

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// formatPlaces writes the form that placesText writes; the places are in its
// order.
func formatPlaces(places []dirsync.StagedPlace) string {
	var b []byte
	for i, p := range places {
		if i > 0 {
			b = append(b, '\n')
		}
		leader := ":0:"
		if p.Leader {
			leader = ":1:"
		}
		b = append(append(b, p.DepartmentID...), leader...)
		b = strconv.AppendInt(b, p.Order, 10)
	}
	return string(b)
}

// parsePlaces reads the form that placesText writes.
func parsePlaces(person provider.UserID, text string) ([]dirsync.StagedPlace, error) {
	if text == "" {
		return nil, nil
	}
	places := make([]dirsync.StagedPlace, 0, strings.Count(text, "\n")+1)
	for line := range strings.SplitSeq(text, "\n") {
		rest, order, ok := cutLast(line)
		department, leader, ok2 := cutLast(rest)
		n, err := strconv.ParseInt(order, 10, 64)
		if !ok || !ok2 || err != nil {
			return nil, fmt.Errorf("malformed place %q", line)
		}
		places = append(places, dirsync.StagedPlace{
			PersonID: person, DepartmentID: provider.DepartmentID(department), Leader: leader == "1", Order: n,
		})
	}
	return places, nil
}

// cutLast cuts a string at its last colon; ids may have colons, too.
func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
