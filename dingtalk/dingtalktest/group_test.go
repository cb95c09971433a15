package dingtalktest_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/dingtalktest"
)

// addGroup adds a group of alice, bob and carol.
func (b *bundle) addGroup() string {
	b.t.Helper()
	id, err := b.AddGroup(corp, dingtalktest.Group{Name: "项目群", Members: []string{"alice", "bob", "carol"}})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *bundle) sendGroup(group, content string) string {
	b.t.Helper()
	a := b.callNew(pathGroupSend, robotText(content).with("openConversationId", group)).wantStatus(http.StatusOK)
	key, _ := a.body["processQueryKey"].(string)
	return key
}

func TestGroupMessages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	group := b.addGroup()
	key := b.sendGroup(group, "大家好")
	query := params{"robotCode": robot, "openConversationId": group, "processQueryKey": key}
	a := b.callNew(pathGroupQuery, query).wantStatus(http.StatusOK)
	same(t, "status", a.body["sendStatus"], any("SUCCESS"))
	equal(t, "readers", texts(a.body["readUserIds"]), nil)

	check(t, b.ReadDelivery("carol", key))
	check(t, b.ReadDelivery("alice", key))
	equal(t, "readers", texts(b.callNew(pathGroupQuery, query).body["readUserIds"]), []string{"alice", "carol"})
	a = b.callNew(pathGroupQuery, query.with("maxResults", 1))
	equal(t, "first page", texts(a.body["readUserIds"]), []string{"alice"})
	same(t, "more", a.body["hasMore"], any(true))
	a = b.callNew(pathGroupQuery, query.with("maxResults", 1).with("nextToken", a.body["nextToken"]))
	equal(t, "second page", texts(a.body["readUserIds"]), []string{"carol"})
	same(t, "more", a.body["hasMore"], any(false))

	history := b.GroupMessages(group)
	same(t, "messages", len(history), 1)
	same(t, "channel", history[0].Channel, dingtalktest.ChannelGroup)
	same(t, "group", history[0].GroupID, group)
	equal(t, "recipients", history[0].Recipients, []string{"alice", "bob", "carol"})
	same(t, "not in the inbox", len(b.Inbox(corp, "alice")), 0)
	same(t, "nor counted", len(b.Received(corp)), 0)

	b.callNew(pathGroupRecall, params{"robotCode": robot, "openConversationId": group, "processQueryKeys": []string{key}}).wantStatus(http.StatusOK)
	same(t, "recalled", b.callNew(pathGroupQuery, query).body["sendStatus"], any("RECALLED"))
	same(t, "recalled", b.GroupMessages(group)[0].Recalled, true)
}

func TestGroupParameters(t *testing.T) {
	t.Parallel()
	other := dingtalktest.Company{CorpID: "dingother"}
	b := setup(t, func(o *dingtalktest.Options) { o.Companies = append(o.Companies, other) })
	group := b.addGroup()
	foreign, err := b.AddGroup(other.CorpID, dingtalktest.Group{})
	check(t, err)
	key := b.sendGroup(group, "一")
	second := b.addGroup()
	good := robotText("二").with("openConversationId", group)
	query := params{"robotCode": robot, "openConversationId": group, "processQueryKey": key}
	recall := params{"robotCode": robot, "openConversationId": second, "processQueryKeys": []string{key}}
	for _, tc := range []struct {
		name, path string
		p          params
		code       string
	}{
		{"no robot", pathGroupSend, good.without("robotCode"), "invalidParameter.robotCode.empty"},
		{"no group", pathGroupSend, good.without("openConversationId"), "miss.openConversationId"},
		{"unknown group", pathGroupSend, good.with("openConversationId", "x"), "invalid.openConversationId"},
		{"group of another company", pathGroupSend, good.with("openConversationId", foreign), "conversation.org.notMatch"},
		{"bad content", pathGroupSend, good.with("msgParam", "x"), "invalidParameter.msgParam.invalid"},
		{"unknown message", pathGroupQuery, query.with("processQueryKey", "x"), "invalid.processQueryKey"},
		{"message of another group", pathGroupQuery, query.with("openConversationId", second), "invalid.processQueryKey"},
		{"no robot to query", pathGroupQuery, query.without("robotCode"), "invalidParameter.robotCode.empty"},
		{"no group to query", pathGroupQuery, query.without("openConversationId"), "miss.openConversationId"},
		{"page too big", pathGroupQuery, query.with("maxResults", 201), "invalidParameter.pageSize.invalid"},
		{"page of none", pathGroupQuery, query.with("maxResults", 0), "invalidParameter.pageSize.invalid"},
		{"position", pathGroupQuery, query.with("nextToken", "x"), "invalidParameter.cursor.invalid"},
		{"position behind the end", pathGroupQuery, query.with("nextToken", "9"), "invalidParameter.cursor.invalid"},
		{"no robot to recall", pathGroupRecall, recall.without("robotCode"), "invalidParameter.robotCode.empty"},
		{"no group to recall", pathGroupRecall, recall.without("openConversationId"), "miss.openConversationId"},
	} {
		b.callNew(tc.path, tc.p).wantNew(http.StatusBadRequest, tc.code)
	}
	failed := b.callNew(pathGroupRecall, recall).wantStatus(http.StatusOK).object("failedResult")
	same(t, "message of another group", failed[key], any("invalid.processQueryKey"))

	check(t, b.DisbandGroup(group))
	b.callNew(pathGroupSend, good).wantNew(http.StatusBadRequest, "group.disbanded")
	b.callNew(pathGroupQuery, query).wantStatus(http.StatusOK)
	same(t, "groups", fmt.Sprint(len(b.Groups(corp)), b.Groups(corp)[0].Disbanded, len(b.Groups(other.CorpID))), "2 true 1")
}

func TestAddGroup(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, err := b.AddGroup(corp, dingtalktest.Group{ID: "cid1", Members: []string{"bob"}})
	check(t, err)
	same(t, "id", id, "cid1")
	for name, tc := range map[string]struct {
		corp  string
		group dingtalktest.Group
		want  error
	}{
		"unknown company": {"nobody", dingtalktest.Group{}, dingtalktest.ErrNotFound},
		"unknown member":  {corp, dingtalktest.Group{Members: []string{"nobody"}}, dingtalktest.ErrNotFound},
		"taken id":        {corp, dingtalktest.Group{ID: "cid1"}, dingtalktest.ErrExists},
	} {
		if _, err := b.AddGroup(tc.corp, tc.group); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
	if err := b.DisbandGroup("x"); !errors.Is(err, dingtalktest.ErrNotFound) {
		t.Errorf("disband: got %v, want ErrNotFound", err)
	}
	same(t, "unknown group has no messages", len(b.GroupMessages("x")), 0)
}
