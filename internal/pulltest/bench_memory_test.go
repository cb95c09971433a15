package pulltest_test

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// tellerPeople is how many people each department of a teller has.
const tellerPeople = 100

// teller is a directory of any size that takes no memory: departments "2",
// "3", … below the root, and people who are told by their number. Every promoted
// one of them has another title.
type teller struct {
	departments int
	promoted    int
}

func (*teller) Kind() provider.Kind     { return "fake" }
func (*teller) Limits() provider.Limits { return provider.Limits{PeoplePageSize: tellerPeople} }
func (*teller) Close() error            { return nil }

func (*teller) Scope(context.Context) (provider.Scope, error) {
	return provider.Scope{Departments: []provider.Department{{ID: "1", Name: "公司"}}}, nil
}

func (c *teller) Departments(
	_ context.Context, parent provider.DepartmentID, at provider.Cursor,
) (provider.DepartmentPage, error) {
	const pageSize = 100
	from, _ := strconv.Atoi(string(at))
	var page provider.DepartmentPage
	for i := from; parent == "1" && i < min(from+pageSize, c.departments); i++ {
		page.Departments = append(page.Departments, provider.Department{
			ID: provider.DepartmentID(strconv.Itoa(i + 2)), ParentID: "1", Name: fmt.Sprintf("部门%d", i+2), Order: int64(i),
		})
		if i == from+pageSize-1 && i+1 < c.departments {
			page.Next = provider.Cursor(strconv.Itoa(i + 1))
		}
	}
	return page, nil
}

func (c *teller) People(_ context.Context, id provider.DepartmentID, _ provider.Cursor) (provider.PersonPage, error) {
	number, _ := strconv.Atoi(string(id))
	if number < 2 {
		return provider.PersonPage{}, nil
	}
	page := provider.PersonPage{People: make([]provider.Person, tellerPeople)}
	for i := range page.People {
		n := (number-2)*tellerPeople + i
		p := somebody(n)
		if c.promoted > 0 && n%c.promoted == 0 {
			p.Title = "经理"
		}
		p.Memberships = []provider.Membership{{DepartmentID: id, Order: int64(i), Leader: i == 0}}
		page.People[i] = p
	}
	return page, nil
}

// BenchmarkPullMemory pulls companies of a thousand, a hundred thousand and a
// million people into PostgreSQL, at first, unchanged, and with one person in a
// hundred changed. It reports how long that takes and by how much the resident
// memory of the process grows meanwhile. The directory is made up as it is
// asked, so that the memory is the module's alone.
func BenchmarkPullMemory(b *testing.B) {
	for _, people := range []int{1_000, 100_000, 1_000_000} {
		b.Run(strconv.Itoa(people), func(b *testing.B) {
			company := &teller{departments: people / tellerPeople}
			bun := setup(b, openPostgres(b), func(bun *bundle) { bun.conns.prov = company })
			for b.Loop() {
				for _, part := range []string{"first", "again", "changed"} {
					if part == "changed" {
						company.promoted = 100
					}
					debug.FreeOSMemory()
					before := residentMiB(b, "VmRSS:")
					if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // resets VmHWM
						b.Skip("needs Linux: ", err)
					}
					var run dirsync.Run
					took := timed(func() { run = bun.pull(b, "0") })
					if run.State != dirsync.StateSucceeded {
						b.Fatalf("%s run %s, failures %v", part, run.State, bun.queue.failures)
					}
					b.ReportMetric(residentMiB(b, "VmHWM:")-before, part+"-MiB-grown")
					b.ReportMetric(float64(took.Milliseconds()), part+"-ms")
				}
			}
		})
	}
}
