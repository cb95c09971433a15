package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// client calls the platform's HTTP API as an administrator's program would.
type client struct {
	base  string
	token string
}

// apiError is an answer other than success.
type apiError struct {
	status  int
	message string
	details json.RawMessage
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.status, e.message) }

func (c *client) login(ctx context.Context, username, password string) error {
	var result struct {
		Token string `json:"token"`
	}
	err := c.post(ctx, "", "/sys/login", map[string]string{"username": username, "password": password}, &result)
	c.token = result.Token
	return err
}

// createTenant creates a tenant, or finds it there.
func (c *client) createTenant(ctx context.Context, id, name, house string) error {
	err := c.post(ctx, "", "/sys/tenants", map[string]string{"id": id, "name": name, "houseNumber": house}, nil)
	var no *apiError
	if errors.As(err, &no) && no.status == http.StatusConflict {
		return nil
	}
	return err
}

// bound returns the names of up to n people of a tenant.
func (c *client) bound(ctx context.Context, tenantID string, n int) ([]string, error) {
	var page struct {
		Records []struct {
			Username string `json:"username"`
		} `json:"records"`
	}
	path := "/sys/user/list?" + url.Values{"tenantId": {tenantID}, "pageSize": {strconv.Itoa(n)}}.Encode()
	err := c.get(ctx, tenantID, path, &page)
	names := make([]string, len(page.Records))
	for i, r := range page.Records {
		names[i] = r.Username
	}
	return names, err
}

func (c *client) get(ctx context.Context, tenantID, path string, into any) error {
	return c.do(ctx, http.MethodGet, tenantID, path, nil, into)
}

func (c *client) post(ctx context.Context, tenantID, path string, body, into any) error {
	return c.do(ctx, http.MethodPost, tenantID, path, body, into)
}

func (c *client) do(ctx context.Context, method, tenantID, path string, body, into any) error {
	var payload io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		payload = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, payload)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Access-Token", c.token)
	if tenantID != "" {
		req.Header.Set("X-Tenant-Id", tenantID)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	return readEnvelope(res, into)
}

func readEnvelope(res *http.Response, into any) error {
	var e struct {
		Success bool            `json:"success"`
		Message string          `json:"message"`
		Result  json.RawMessage `json:"result"`
		Error   struct {
			Details json.RawMessage `json:"details"`
		} `json:"error"`
	}
	if err := json.NewDecoder(res.Body).Decode(&e); err != nil {
		return fmt.Errorf("%s: %w", res.Status, err)
	}
	if !e.Success {
		return &apiError{status: res.StatusCode, message: e.Message, details: e.Error.Details}
	}
	if into == nil || len(e.Result) == 0 {
		return nil
	}
	return json.Unmarshal(e.Result, into)
}

// activeRun finds, in the refusal of a second run, the one that is under way.
func activeRun(err error) (id string, ok bool) {
	var no *apiError
	if !errors.As(err, &no) {
		return "", false
	}
	var details struct {
		RunID string `json:"runId"`
	}
	if json.Unmarshal(no.details, &details) != nil {
		return "", false
	}
	return details.RunID, details.RunID != ""
}

// getJSON reads a plain JSON document.
func getJSON(ctx context.Context, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	return json.NewDecoder(res.Body).Decode(into)
}

func sortedKeys(m map[string]int) []string { return slices.Sorted(maps.Keys(m)) }
