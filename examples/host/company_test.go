package main

import (
	"strconv"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// startCompany serves a generated company.
func startCompany(tb testing.TB, people, departments int) *dingtalktest.Server {
	tb.Helper()
	return dingtalktest.NewServer(tb, dingtalktest.Generate(dingtalktest.Realistic(7, people, departments)))
}

// connectCompany creates a tenant and stores the company's app in it.
func connectCompany(tb testing.TB, c *client, em *dingtalktest.Server, tenantID string) {
	tb.Helper()
	app := em.App()
	if err := c.createTenant(tb.Context(), tenantID, tenantID, ""); err != nil {
		tb.Fatal(err)
	}
	err := c.post(tb.Context(), tenantID, "/sys/thirdApp/addThirdAppConfig", map[string]any{
		"thirdType": "dingtalk", "corpId": em.CorpID(), "agentId": strconv.FormatInt(app.AgentID, 10),
		"clientId": app.ClientID, "clientSecret": app.ClientSecret,
	}, nil)
	if err != nil {
		tb.Fatal(err)
	}
}

// memberCount asks how many people a tenant has.
func memberCount(tb testing.TB, c *client, tenantID string) int {
	tb.Helper()
	var page struct {
		Total int `json:"total"`
	}
	if err := c.get(tb.Context(), tenantID, "/sys/user/list?tenantId="+tenantID, &page); err != nil {
		tb.Fatal(err)
	}
	return page.Total
}
