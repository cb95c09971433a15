package dingtalktest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// callbackRoutes are the calls by which an app registers where it wants to be
// told of events (docs, "register callback events", read 2026-11-22).
func callbackRoutes() []route {
	at := func(method, path string, serve func(*call) *refusal) route {
		return route{oldAPI, method, "/call_back/" + path, appToken, PermissionBase, anyBody, serve}
	}
	return []route{
		at(http.MethodPost, "register_call_back", (*call).registerCallback),
		at(http.MethodPost, "update_call_back", (*call).updateCallback),
		at(http.MethodGet, "get_call_back", (*call).getCallback),
		at(http.MethodGet, "delete_call_back", (*call).deleteCallback),
		at(http.MethodGet, "get_call_back_failed_result", (*call).failedCallbacks),
	}
}

var (
	errCallbackExists  = &refusal{code: 71006, text: "回调地址已经存在"}
	errCallbackMissing = &refusal{code: 71007, text: "回调地址已不存在"}
	errCallbackTag     = &refusal{code: 71008, text: "回调call_back_tag必须在指定的call_back_tag列表中"}
	errCallbackAnswer  = &refusal{code: 71009, text: "返回文本非success"}
	errCallbackURL     = &refusal{code: 71011, text: "传入的url参数不是合法的url格式"}
	errCallbackUnheard = &refusal{code: 71012, text: "url地址访问异常"}
	errCallbackKey     = &refusal{code: 900004, text: "不合法的aeskey"}
	// errCallbackToken is the nearest meaning; the table has no number for the
	// token.
	errCallbackToken = &refusal{code: 71010, text: "POST的JSON数据不包含所需要的参数字段或包含的参数格式非法"}
)

// registration is a callback registered by API.
type registration struct {
	Callback

	tags []string
}

func (r *registration) types() map[string]bool {
	types := make(map[string]bool, len(r.tags))
	for _, tag := range r.tags {
		types[tag] = true
	}
	return types
}

// minRegisteredToken: the API wants more of a token than the console.
const minRegisteredToken = 6

// readRegistration reads and checks the parameters.
func (c *call) readRegistration() (*registration, *refusal) {
	r := &registration{Callback: Callback{
		URL: c.params.text("url"), Token: c.params.text("token"), AESKey: c.params.text("aes_key"),
	}}
	if text := c.params.text("call_back_tag"); text == "" || json.Unmarshal([]byte(text), &r.tags) != nil || len(r.tags) == 0 {
		return nil, errCallbackTag
	}
	for _, tag := range r.tags {
		if !slices.Contains(callbackTags(), tag) {
			return nil, errCallbackTag
		}
	}
	switch {
	case !strings.HasPrefix(r.URL, "http://") && !strings.HasPrefix(r.URL, "https://"):
		return nil, errCallbackURL
	case utf8.RuneCountInString(r.Token) < minRegisteredToken || !callbackTokenForm.MatchString(r.Token):
		return nil, errCallbackToken
	case !callbackKeyForm.MatchString(r.AESKey):
		return nil, errCallbackKey
	}
	return r, nil
}

// callbackTags are the events that can be registered, as far as the emulator
// knows them.
func callbackTags() []string {
	return append(EventTypes(),
		"org_admin_add", "org_admin_remove", "label_user_change", "label_conf_add", "label_conf_modify", "label_conf_del",
		"org_change", "org_remove", "check_in", "bpms_task_change", "bpms_instance_change", "chat_add_member",
		"chat_remove_member", "chat_quit", "chat_update_owner", "chat_update_title", "chat_disband",
	)
}

func (c *call) registerCallback() *refusal {
	if c.app.registered.Load() != nil {
		return errCallbackExists
	}
	return c.storeRegistration()
}

func (c *call) updateCallback() *refusal {
	if c.app.registered.Load() == nil {
		return errCallbackMissing
	}
	return c.storeRegistration()
}

// storeRegistration asks the address before it is kept.
func (c *call) storeRegistration() *refusal {
	r, refused := c.readRegistration()
	if refused != nil {
		return refused
	}
	if refused := c.askAddress(&target{Callback: r.Callback, owner: c.app.company.corpID}); refused != nil {
		return refused
	}
	c.app.registered.Store(r)
	return nil
}

func (c *call) askAddress(to *target) *refusal {
	ctx, cancel := context.WithCancel(c.r.Context())
	defer cancel()
	switch err := c.em.check(ctx, to); {
	case err == nil:
		return nil
	case errors.Is(err, errNotSuccess):
		return errCallbackAnswer
	}
	return errCallbackUnheard
}

func (c *call) getCallback() *refusal {
	r := c.app.registered.Load()
	if r == nil {
		return errCallbackMissing
	}
	o := object{b: c.body}
	o.texts("call_back_tag", r.tags)
	o.text("token", r.Token)
	o.text("aes_key", r.AESKey)
	o.text("url", r.URL)
	c.body = append(o.b, ',')
	return nil
}

func (c *call) deleteCallback() *refusal {
	if c.app.registered.Swap(nil) == nil {
		return errCallbackMissing
	}
	return nil
}

// failedCallbacks returns events that were given up, and forgets those that it
// returned the time before.
func (c *call) failedCallbacks() *refusal {
	events, more := c.app.courier.takeFailed()
	c.body = append(c.body, `"has_more":`...)
	if more {
		c.body = append(c.body, `true,`...)
	} else {
		c.body = append(c.body, `false,`...)
	}
	c.body = append(c.body, `"failed_list":`...)
	c.body = append(appendList(c.body, events, appendFailed), ',')
	return nil
}

func appendFailed(b []byte, e Event) []byte {
	o := openObject(b)
	o.text("call_back_tag", e.Type)
	o.number("event_time", e.Time.UnixMilli())
	o.key(e.Type)
	inner := openObject(o.b)
	inner.text("corpid", e.CorpID)
	if len(e.UserIDs) > 0 {
		inner.texts("userid", e.UserIDs)
	}
	if len(e.DepartmentIDs) > 0 {
		inner.numbers("deptid", e.DepartmentIDs)
	}
	o.b = inner.close()
	return o.close()
}
