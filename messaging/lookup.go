package messaging

import (
	"context"
	"sync"

	"github.com/thirdapp/thirdapp/internal/gather"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// maxShared is the largest number of names whose looking up is shared; more are
// worth a query of their own.
const maxShared = 10

// lookups finds accounts by username, those of one organisation together.
type lookups struct {
	accounts Accounts

	mu sync.Mutex
	by map[organisation]*lookup
}

// organisation is what accounts are looked up in.
type organisation struct {
	tenant tenant.ID
	kind   provider.Kind
	orgID  string
}

// lookup gathers the requests of one organisation.
type lookup struct {
	gather.Queue[*wanted]

	users int // who use it; guarded by lookups.mu
}

// wanted are the names of one request, and who they are.
type wanted struct {
	names []string
	found []Account
}

// byUsername returns what Accounts.ByUsername does, and accounts of other names
// besides. Within a transaction of the caller it asks for itself.
func (l *lookups) byUsername(ctx context.Context, in organisation, names []string, alone bool) ([]Account, error) {
	if alone || len(names) > maxShared {
		return l.accounts.ByUsername(ctx, in.tenant, in.kind, in.orgID, names)
	}
	w := &wanted{names: names}
	shared := l.join(in)
	defer l.leave(in, shared)
	err := shared.Do(ctx, w)
	return w.found, err
}

func (l *lookups) join(in organisation) *lookup {
	l.mu.Lock()
	defer l.mu.Unlock()
	shared, ok := l.by[in]
	if !ok {
		shared = &lookup{}
		shared.MaxLeaders, shared.MaxGroup = requestLeaders, requestGroup
		shared.Work = func(ctx context.Context, group []*gather.Share[*wanted]) { l.together(ctx, in, group) }
		if l.by == nil {
			l.by = make(map[organisation]*lookup)
		}
		l.by[in] = shared
	}
	shared.users++
	return shared
}

func (l *lookups) leave(in organisation, shared *lookup) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if shared.users--; shared.users == 0 {
		delete(l.by, in)
	}
}

// together looks up the names of a group at once.
func (l *lookups) together(ctx context.Context, in organisation, group []*gather.Share[*wanted]) {
	var names []string
	seen := make(map[string]bool)
	for _, s := range group {
		for _, name := range s.Piece.names {
			if !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
	}
	found, err := l.accounts.ByUsername(ctx, in.tenant, in.kind, in.orgID, names)
	for _, s := range group {
		s.Piece.found, s.Err = found, err
	}
}
