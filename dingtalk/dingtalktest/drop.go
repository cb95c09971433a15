package dingtalktest

import "maps"

// drop tells how messages to somebody get lost: with a code in forbidden_list,
// or as failed.
type drop struct {
	code   int
	failed bool
}

// ForbidMessages drops every later message to somebody with a code in
// forbidden_list, such as CodeForbiddenContent; code 0 lets them through again.
// It returns ErrNotFound for the company.
func (em *Emulator) ForbidMessages(corpID, userID string, code int) error {
	return em.setDrop(corpID, userID, drop{code: code}, code != 0)
}

// FailMessages lets sending of every later message to somebody fail, or not. It
// returns ErrNotFound for the company.
func (em *Emulator) FailMessages(corpID, userID string, fail bool) error {
	return em.setDrop(corpID, userID, drop{failed: true}, fail)
}

func (em *Emulator) setDrop(corpID, userID string, d drop, on bool) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	co.dropMu.Lock()
	defer co.dropMu.Unlock()
	// Replaced rather than changed: a send in progress reads the old one.
	drops := maps.Clone(co.drops)
	if drops == nil {
		drops = make(map[string]drop)
	}
	delete(drops, userID)
	if on {
		drops[userID] = d
	}
	co.drops = drops
	return nil
}

func (co *company) currentDrops() map[string]drop {
	co.dropMu.Lock()
	defer co.dropMu.Unlock()
	return co.drops
}

// SlowRobots makes robots' later messages to somebody meet flow control, or not:
// the person is in flowControlledStaffIdList and gets nothing. It returns
// ErrNotFound for the company.
func (em *Emulator) SlowRobots(corpID, userID string, slow bool) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	co.dropMu.Lock()
	defer co.dropMu.Unlock()
	slowed := maps.Clone(co.slowed)
	if slowed == nil {
		slowed = make(map[string]struct{})
	}
	delete(slowed, userID)
	if slow {
		slowed[userID] = struct{}{}
	}
	co.slowed = slowed
	return nil
}

func (co *company) currentSlowed() map[string]struct{} {
	co.dropMu.Lock()
	defer co.dropMu.Unlock()
	return co.slowed
}
