package tenant

import "sync"

// listeners are told when an app has changed.
type listeners struct {
	mu   sync.Mutex
	each []func(App)
}

// OnAppChange has f called after every change of an app by this Service, with the
// app as it is then, or was when it was deleted. What other processes change is
// not told. In a host's own transaction the change is told before that commits.
// f must be quick and must not call the Service.
func (s *Service) OnAppChange(f func(App)) {
	s.watchers.mu.Lock()
	defer s.watchers.mu.Unlock()
	s.watchers.each = append(s.watchers.each, f)
}

func (l *listeners) tell(a App) {
	l.mu.Lock()
	each := l.each
	l.mu.Unlock()
	a.Secrets = nil
	for _, f := range each {
		f(a)
	}
}
