// Package pulltest proves the directory sync as a whole: package sync over
// adapters/bunstore on both databases, with scripted directories, and with the
// DingTalk client and its emulator in the benchmark. It has tests only.
package pulltest
