// Package instrument stands in for instruments that a host has not given.
package instrument
