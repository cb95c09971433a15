// Package streamtest tests that the events of DingTalk's Stream mode are
// followed: whole modules, on both databases, over the emulator's gateway.
package streamtest
