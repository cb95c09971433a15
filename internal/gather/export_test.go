package gather

// Waiting returns how many callers wait.
func (q *Queue[T]) Waiting() int { return q.countWaiting() }
