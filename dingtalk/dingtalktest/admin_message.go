package dingtalktest

import (
	"net/http"
	"slices"
)

func (em *Emulator) adminSent(r *http.Request) (any, error) {
	all := em.Sent()
	messages, err := newest(r, all)
	return map[string]any{"total": len(all), "messages": messages}, err
}

// adminMessages lists the newest messages of all channels, or of one person or
// group or channel.
func (em *Emulator) adminMessages(r *http.Request) (any, error) {
	query := r.URL.Query()
	var all []Delivery
	switch {
	case query.Get("userId") != "":
		id, err := em.adminCompany(query.Get("corpId"))
		if err != nil {
			return nil, err
		}
		all = em.Inbox(id, query.Get("userId"))
	case query.Get("groupId") != "":
		all = em.GroupMessages(query.Get("groupId"))
	default:
		all = em.Deliveries()
	}
	if channel := Channel(query.Get("channel")); channel != "" {
		all = slices.DeleteFunc(all, func(d Delivery) bool { return d.Channel != channel })
	}
	messages, err := newest(r, all)
	return map[string]any{"total": len(all), "messages": messages}, err
}

// adminRead lets one person read a message, or everybody without a user id. The
// message is a work notification's taskId, or the id that GET messages shows.
func (em *Emulator) adminRead(r *http.Request) (any, error) {
	var req struct {
		TaskID int64  `json:"taskId,omitempty"`
		ID     string `json:"id,omitempty"`
		UserID string `json:"userId"`
	}
	if err := readAdmin(r, &req); err != nil {
		return nil, err
	}
	switch {
	case req.ID != "" && req.UserID == "":
		return req, em.ReadDeliveryByAll(req.ID)
	case req.ID != "":
		return req, em.ReadDelivery(req.UserID, req.ID)
	case req.UserID == "":
		return req, em.ReadAll(req.TaskID)
	}
	return req, em.Read(req.UserID, req.TaskID)
}

func (em *Emulator) adminMedia(r *http.Request) (any, error) {
	uploads, err := newest(r, em.Media())
	return map[string]any{"media": uploads}, err
}

func (em *Emulator) adminGroups(r *http.Request) (any, error) {
	id, err := em.adminCompany(r.URL.Query().Get("corpId"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"groups": em.Groups(id)}, nil
}

func (em *Emulator) adminAddGroup(r *http.Request) (any, error) {
	var req struct {
		CorpID string `json:"corpId"`
		Group
	}
	if err := readAdmin(r, &req); err != nil {
		return nil, err
	}
	corpID, err := em.adminCompany(req.CorpID)
	if err != nil {
		return nil, err
	}
	req.ID, err = em.AddGroup(corpID, req.Group)
	return req.Group, err
}

func (em *Emulator) adminWebhooks(r *http.Request) (any, error) {
	id, err := em.adminCompany(r.URL.Query().Get("corpId"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"webhooks": em.Webhooks(id)}, nil
}

func (em *Emulator) adminAddWebhook(r *http.Request) (any, error) {
	var req struct {
		CorpID string `json:"corpId"`
		Webhook
	}
	if err := readAdmin(r, &req); err != nil {
		return nil, err
	}
	corpID, err := em.adminCompany(req.CorpID)
	if err != nil {
		return nil, err
	}
	return em.AddWebhook(corpID, req.Webhook)
}
