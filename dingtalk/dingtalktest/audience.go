package dingtalktest

// resolve turns an audience into people, each once, and notes in the task what
// does not exist or is out of the app's scope.
func (c *call) resolve(to audience, t *task) []string {
	d := c.app.company.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	if to.everyone {
		return d.visibleBelow(c.grant, d.departments[RootID], nil, nil)
	}
	var targets []string
	taken := make(map[string]struct{}, len(to.users))
	for _, id := range to.users {
		if _, again := taken[id]; again {
			continue
		}
		e := d.people[id]
		if e == nil || !d.seesPersonLocked(c.grant, e.person) {
			t.badUsers = append(t.badUsers, id)
			continue
		}
		taken[id] = struct{}{}
		targets = append(targets, e.person.UserID)
	}
	for _, id := range to.departments {
		node := d.departments[id]
		if node == nil || !c.grant.whole && !d.seesLocked(c.grant, id) {
			t.badDepts = append(t.badDepts, id)
			continue
		}
		targets = d.visibleBelow(c.grant, node, taken, targets)
	}
	return targets
}

// visibleBelow appends those in and below a department whom the app may see and
// who are not taken yet; a nil set takes nobody. The caller holds the lock.
func (d *directory) visibleBelow(g *grant, top *department, taken map[string]struct{}, targets []string) []string {
	d.eachBelow(top, func(p *Person) {
		if !d.seesPersonLocked(g, p) {
			return
		}
		if taken != nil {
			if _, again := taken[p.UserID]; again {
				return
			}
			taken[p.UserID] = struct{}{}
		}
		targets = append(targets, p.UserID)
	})
	return targets
}
