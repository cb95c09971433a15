package recent

// Map keeps what was put or got lately, by a key. What was not asked for while
// Size others came is forgotten, at no cost but that of a map. It holds up to
// twice its Size, which must be set, and is not safe for concurrent use.
type Map[K comparable, V any] struct {
	Size int

	// young is what was used since it was empty last, old what was used before.
	young, old map[K]V
}

// Get returns what is kept of a key.
func (m *Map[K, V]) Get(k K) (v V, ok bool) {
	if v, ok = m.young[k]; ok {
		return v, true
	}
	if v, ok = m.old[k]; ok {
		m.Put(k, v)
	}
	return v, ok
}

// Put keeps something.
func (m *Map[K, V]) Put(k K, v V) {
	if _, known := m.young[k]; !known && len(m.young) >= m.Size || m.young == nil {
		m.young, m.old = make(map[K]V), m.young
	}
	m.young[k] = v
}
