package dingtalk_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/provider/providertest"
)

// emulatorEvents are the emulator's names of the kinds of events.
func emulatorEvents() map[provider.EventKind]string {
	return map[provider.EventKind]string{
		provider.PersonJoined: dingtalktest.EventUserAdded, provider.PersonChanged: dingtalktest.EventUserModified,
		provider.PersonActivated: dingtalktest.EventUserActivated, provider.PersonLeft: dingtalktest.EventUserLeft,
		provider.DepartmentCreated: dingtalktest.EventDepartmentCreated, provider.DepartmentChanged: dingtalktest.EventDepartmentChanged,
		provider.DepartmentRemoved: dingtalktest.EventDepartmentRemoved,
	}
}

// emulatorEvent is an event in the emulator's words.
func emulatorEvent(e provider.Event) dingtalktest.Event {
	told := dingtalktest.Event{Type: emulatorEvents()[e.Kind]}
	for _, id := range e.People {
		told.UserIDs = append(told.UserIDs, string(id))
	}
	for _, id := range e.Departments {
		n, _ := strconv.ParseInt(string(id), 10, 64)
		told.DepartmentIDs = append(told.DepartmentIDs, n)
	}
	return told
}

// withEvents adds to a harness what the emulator tells of events: an address
// that keeps what comes and answers badly, so that nothing is entered for good.
func withEvents(tb testing.TB, srv *dingtalktest.Server, h providertest.Harness) providertest.Harness {
	tb.Helper()
	came := make(chan provider.CallbackRequest, 10)
	catcher := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		w.WriteHeader(http.StatusServiceUnavailable)
		came <- provider.CallbackRequest{Query: r.URL.Query(), Header: r.Header, Body: body.Bytes(), At: h.Environment.Now()}
	}))
	tb.Cleanup(catcher.Close)
	cb := &dingtalktest.Callback{URL: catcher.URL, Token: testToken, AESKey: testAESKey}
	client := srv.App().ClientID
	h.Callback = func(tb testing.TB, e provider.Event) provider.CallbackRequest {
		tb.Helper()
		if err := srv.UpdateApp(client, func(a *dingtalktest.App) { a.Callback = cb }); err != nil {
			tb.Fatal(err)
		}
		if err := srv.Tell(srv.CorpID(), emulatorEvent(e)); err != nil {
			tb.Fatal(err)
		}
		return <-came
	}
	h.CallbackCheck = func(tb testing.TB) provider.CallbackRequest {
		tb.Helper()
		if err := srv.SetCallback(client, cb); err == nil {
			tb.Error("the emulator takes an address that answers badly")
		}
		return <-came
	}
	h.Emit = func(tb testing.TB, e provider.Event) {
		tb.Helper()
		if err := srv.Tell(srv.CorpID(), emulatorEvent(e)); err != nil {
			tb.Fatal(err)
		}
	}
	h.Connected = func(tb testing.TB) {
		tb.Helper()
		if err := srv.UpdateApp(client, func(a *dingtalktest.App) { a.Stream = true }); err != nil {
			tb.Fatal(err)
		}
		eventually(tb, func() bool { return srv.StreamConnections(client) > 0 })
	}
	h.Disconnect = func(_ testing.TB, politely bool) {
		if politely {
			srv.DisconnectStreams(client)
		} else {
			srv.CutStreams(client)
		}
	}
	return h
}

// eventually waits until something is true.
func eventually(tb testing.TB, ok func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatal("it does not become true")
		}
	}
}
