package instrument

import (
	"github.com/go-kit/kit/metrics"
	"github.com/go-kit/kit/metrics/discard"
)

// Counter returns c, or one that discards when c is nil.
func Counter(c metrics.Counter) metrics.Counter {
	if c == nil {
		return discard.NewCounter()
	}
	return c
}

// Histogram returns h, or one that discards when h is nil.
func Histogram(h metrics.Histogram) metrics.Histogram {
	if h == nil {
		return discard.NewHistogram()
	}
	return h
}
