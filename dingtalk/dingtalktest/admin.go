package dingtalktest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// adminPrefix is where the administration API lives; DingTalk has no such path.
const adminPrefix = "/_emulator/"

// adminMux returns the administration API. Its paths and bodies are described
// in examples/emulator/README.md.
func (em *Emulator) adminMux() *http.ServeMux {
	mux := http.NewServeMux()
	serve := func(pattern string, f func(*http.Request) (any, error)) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+adminPrefix+path, func(w http.ResponseWriter, r *http.Request) {
			result, err := f(r)
			writeAdmin(w, result, err)
		})
	}
	serve("GET state", em.adminState)
	serve("GET calls", em.adminCalls)
	serve("GET sent", em.adminSent)
	serve("GET people", em.adminPeople)
	serve("POST people", em.adminChangePerson)
	serve("GET departments", em.adminDepartments)
	serve("POST departments", em.adminChangeDepartment)
	serve("GET messages", em.adminMessages)
	serve("GET media", em.adminMedia)
	serve("GET groups", em.adminGroups)
	serve("POST groups", em.adminAddGroup)
	serve("GET webhooks", em.adminWebhooks)
	serve("POST webhooks", em.adminAddWebhook)
	serve("GET events", em.adminEvents)
	serve("POST events", em.adminTell)
	serve("POST callback", em.adminSetCallback)
	serve("POST streams", em.adminStreams)
	serve("GET events/faults", em.adminEventFaults)
	serve("POST events/faults", em.adminAddEventFault)
	serve("DELETE events/faults", em.adminClearEventFaults)
	serve("GET faults", em.adminFaults)
	serve("POST faults", em.adminAddFault)
	serve("DELETE faults", em.adminClearFaults)
	serve("POST read", em.adminRead)
	serve("POST tokens/expire", em.adminExpireTokens)
	serve("POST codes", em.adminGiveCode)
	serve("POST reset", em.adminReset)
	return mux
}

func writeAdmin(w http.ResponseWriter, result any, err error) {
	status := http.StatusOK
	switch {
	case err == nil:
	case errors.Is(err, ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, ErrExists):
		status = http.StatusConflict
	default:
		status = http.StatusBadRequest
	}
	if err != nil {
		result = map[string]string{"error": err.Error()}
	}
	body, err := json.Marshal(result)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	w.Write(append(body, '\n')) //nolint:errcheck // a client that went away hears no complaint
}

// readAdmin decodes a request's body, which must be JSON: a page in somebody's
// browser cannot send that to another host without being allowed to.
func readAdmin(r *http.Request, into any) error {
	if media, _ := contentTypeOf(r.Header.Get("Content-Type")); media != "application/json" {
		return fmt.Errorf("%w: Content-Type must be application/json", ErrInvalid)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return fmt.Errorf("%w: body: %w", ErrInvalid, err)
	}
	return decodeStrictly(body, into)
}

func decodeStrictly(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: body: %w", ErrInvalid, err)
	}
	return nil
}

// adminCompany returns the company a request names, or the only one.
func (em *Emulator) adminCompany(corpID string) (string, error) {
	if ids := em.CorpIDs(); corpID == "" && len(ids) == 1 {
		return ids[0], nil
	}
	_, err := em.company(corpID)
	return corpID, err
}

const defaultAdminLimit = 100

// newest keeps as many elements from the end as the request's limit allows.
func newest[T any](r *http.Request, all []T) ([]T, error) {
	limit, err := adminLimit(r)
	if err != nil {
		return nil, err
	}
	return all[max(0, len(all)-limit):], nil
}

func adminLimit(r *http.Request) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return defaultAdminLimit, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%w: limit %q; at least 1", ErrInvalid, text)
	}
	return n, nil
}

func (em *Emulator) adminExpireTokens(*http.Request) (any, error) {
	em.ExpireTokens()
	return map[string]bool{"expired": true}, nil
}

func (em *Emulator) adminReset(*http.Request) (any, error) {
	em.Reset()
	return map[string]bool{"reset": true}, nil
}
