package dingtalktest

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
)

// Group is a group chat.
type Group struct {
	// ID is the openConversationId; made up when empty.
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Members are user ids of the company.
	Members []string `json:"members"`
	// Disbanded groups take no messages any more.
	Disbanded bool `json:"disbanded,omitempty"`
}

// group is a Group in use.
type group struct {
	company *company

	mu   sync.RWMutex
	info Group
}

func (g *group) current() Group {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.info
}

// roomTable knows the groups and their custom robots.
type roomTable struct {
	mu       sync.RWMutex
	groups   map[string]*group
	webhooks map[string]*webhook
	// ordered keeps what AddGroup and AddWebhook brought, in that order.
	orderedGroups   []*group
	orderedWebhooks []*webhook
}

func (t *roomTable) init() {
	t.groups = make(map[string]*group)
	t.webhooks = make(map[string]*webhook)
}

func (t *roomTable) group(id string) *group {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.groups[id]
}

func (t *roomTable) webhook(token string) *webhook {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.webhooks[token]
}

// reset lets custom robots forget what they sent.
func (t *roomTable) reset() {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, w := range t.orderedWebhooks {
		w.reset()
	}
}

// AddGroup adds a group chat to a company and returns its openConversationId.
// Every robot of the company may write to it. It returns ErrNotFound for the
// company or a member, ErrExists for an id that is taken.
func (em *Emulator) AddGroup(corpID string, g Group) (string, error) {
	co, err := em.company(corpID)
	if err != nil {
		return "", err
	}
	for _, id := range g.Members {
		if co.directory.person(id) == nil {
			return "", fmt.Errorf("%w: group %q: person %q", ErrNotFound, g.Name, id)
		}
	}
	g.ID = cmp.Or(g.ID, "cid"+rand.Text()+"==")
	g.Members = slices.Clone(g.Members)
	added := &group{company: co, info: g}
	em.rooms.mu.Lock()
	defer em.rooms.mu.Unlock()
	if em.rooms.groups[g.ID] != nil {
		return "", fmt.Errorf("%w: group %q", ErrExists, g.ID)
	}
	em.rooms.groups[g.ID] = added
	em.rooms.orderedGroups = append(em.rooms.orderedGroups, added)
	return g.ID, nil
}

// DisbandGroup ends a group: robots, custom ones too, are refused from then on.
// It returns ErrNotFound.
func (em *Emulator) DisbandGroup(id string) error {
	g := em.rooms.group(id)
	if g == nil {
		return fmt.Errorf("%w: group %q", ErrNotFound, id)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.info.Disbanded = true
	return nil
}

// Groups returns the groups of a company in the order they were added.
func (em *Emulator) Groups(corpID string) []Group {
	em.rooms.mu.RLock()
	defer em.rooms.mu.RUnlock()
	groups := []Group{}
	for _, g := range em.rooms.orderedGroups {
		if g.company.corpID == corpID {
			groups = append(groups, g.current())
		}
	}
	return groups
}
