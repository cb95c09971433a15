// The emulator program serves one generated company the way DingTalk's servers
// would, for demonstrations and for testing integrations in any language. The
// README beside it describes the flags and the administration API.
package main
