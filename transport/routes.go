package transport

import (
	"net/http"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// compatBase begins the paths of the compatible family.
const compatBase = "/sys/thirdApp"

// compatLogin begins those of its logins.
const compatLogin = "/sys/thirdLogin"

// verifyWait is how long a permission probe may take: about ten calls to the
// office app, one after the other.
const verifyWait = time.Minute

// registerWait is how long the office app may take to try a callback address.
const registerWait = 30 * time.Second

// testWait is how long the test of an endpoint may take: the most that
// events.Config.Timeout allows.
const testWait = 30 * time.Second

// routes is the table of operations. A new one costs a request, a response and
// a line here.
func (a *api) routes() []route {
	return slices.Concat(a.mainRoutes(), a.loginRoutes())
}

// mainRoutes are all but those of logins and bindings.
func (a *api) mainRoutes() []route {
	const (
		get  = http.MethodGet
		post = http.MethodPost
		put  = http.MethodPut
		del  = http.MethodDelete
	)
	return []route{
		answering[map[string]bool](compat(a, get, compatBase+"/getEnabledType", "config.enabled", decodeNone, a.enabledTypes)),
		answering[configAnswer](compat(a, get, compatBase+"/getThirdConfigByTenantId", "config.get", decodeThirdType, a.thirdConfig)).
			query(textParam("thirdType", "应用类型", "kind of the office app").needed()),
		sending[configInput](compat(a, post, compatBase+"/addThirdAppConfig", "config.add", a.decodeConfig, a.addConfig)),
		sending[configInput](compat(a, post, compatBase+"/editThirdAppConfig", "config.edit", a.decodeConfig, a.editConfig)),
		sending[configInput](compat(a, put, compatBase+"/editThirdAppConfig", "config.edit", a.decodeConfig, a.editConfig)),
		compat(a, del, compatBase+"/deleteThirdAppConfig", "config.delete", decodeConfigID, a.deleteConfig).
			query(textParam("id", "配置ID", "id of the config").needed()),
		answering[syncInfoBody](compat(a, get, compatBase+"/sync/dingtalk/departAndUser/toLocal", "sync.toLocal", decodeNone, a.pullDingTalk)).
			waiting(a.cfg.SyncWait),
		answering[syncInfoBody](compat(a, get, compatBase+"/sync/dingtalk/depart/toApp", "sync.departToApp", decodePushedDepartments, a.pushDingTalk)).
			query(textParam("ids", "忽略", "not looked at")).
			waiting(a.cfg.SyncWait),
		answering[syncInfoBody](compat(a, get, compatBase+"/sync/dingtalk/user/toApp", "sync.userToApp", decodePushedUsers, a.pushDingTalk)).
			query(textParam("ids", "用户ID，以逗号分隔；缺省为全部", "ids of users with commas between, everybody if absent")).
			waiting(a.cfg.SyncWait),
		sending[testMessageFields](answering[testAnswer](compat(a, post, compatBase+"/sendMessageTest", "message.test", decodeTestMessage, a.sendTest))).
			waiting(a.cfg.SendWait),
		sending[testRecallFields](answering[testAnswer](compat(a, post, compatBase+"/recallMessageTest", "message.recallTest", decodeTestRecall, a.recallTest))).
			waiting(a.cfg.SendWait),

		full(a, get, "/providers", "providers.list", decodeNone, a.providers).inOnePiece(),

		full(a, get, "/apps", "apps.list", a.decodeKind, a.apps).inOnePiece().
			query(a.kindParam()),
		sending[newApp](fullPost(a, http.StatusCreated, "/apps", "apps.create", decodeNewApp, a.createApp)),
		newRoute(a, fullFamily, get, "/apps/{id}", "apps.get", decodeID, a.app, a.encodeApp),
		sending[appChange](newRoute(a, fullFamily, put, "/apps/{id}", "apps.update", decodeAppUpdate, a.updateApp, a.encodeApp)).
			header(textParam("If-Match", "读取时返回的ETag；应用已被他人修改时返回412", "the ETag of the answer that was read; 412 when somebody else has changed the app")),
		full(a, del, "/apps/{id}", "apps.delete", decodeID, a.deleteApp),
		full(a, post, "/apps/{id}/verify", "apps.verify", decodeID, a.verifyApp).
			waiting(verifyWait),
		full(a, get, "/apps/{id}/events", "apps.events", a.decodeAppEvents, a.appEvents).
			waiting(registerWait),
		sending[callbackAddress](full(a, post, "/apps/{id}/events/callback", "apps.registerCallback", a.decodeCallbackChange, a.registerCallback)).
			waiting(registerWait),
		full(a, del, "/apps/{id}/events/callback", "apps.unregisterCallback", decodeID, a.unregisterCallback).
			waiting(registerWait),

		sending[newMessage](sendingForm[messageParts](fullPost(a, http.StatusAccepted, "/messages", "messages.send", decodeSend, a.sendMessage))).
			header(idempotencyParam()).
			waiting(mediaWait).taking(maxMessageForm),
		full(a, get, "/messages", "messages.list", a.decodeMessageList, a.messages).
			query(a.messageParams()...),
		full(a, get, "/messages/settings", "settings.get", decodeNone, a.messageSettings),
		sending[messageSettingsChange](full(a, put, "/messages/settings", "settings.save", decodeBody[messageSettingsChange], a.saveMessageSettings)),
		full(a, get, "/messages/{id}", "messages.get", decodeID, a.message),
		full(a, get, "/messages/{id}/deliveries", "messages.deliveries", decodeDeliveryList, a.deliveries).
			query(deliveryParams()...),
		full(a, post, "/messages/{id}/cancel", "messages.cancel", decodeID, a.cancelMessage),
		full(a, post, "/messages/{id}/recall", "messages.recall", decodeID, a.recallMessage).
			waiting(a.cfg.SendWait),
		sendingMaybe[replayBody](full(a, post, "/messages/{id}/replay", "messages.replay", decodeReplay, a.replayMessage)),
		sending[provider.Status](full(a, post, "/messages/{id}/status", "messages.status", decodeStatus, a.messageStatus)),

		full(a, get, "/templates", "templates.list", decodePage, a.templates).
			query(pageParams()...),
		full(a, get, "/templates/{name}", "templates.get", decodeTemplateVersion, a.template).
			query(versionParam()),
		sending[templateSave](newRoute(a, fullFamily, put, "/templates/{name}", "templates.save", decodeTemplateSave, a.saveTemplate, a.encodeSavedTemplate)).
			answeredWith(http.StatusOK, http.StatusCreated),
		full(a, del, "/templates/{name}", "templates.delete", decodeTemplateName, a.deleteTemplate),
		full(a, get, "/templates/{name}/versions", "templates.versions", decodeTemplateVersions, a.templateVersions).
			query(pageParams()...),
		sending[previewRequest](full(a, post, "/templates/{name}/preview", "templates.preview", decodePreview, a.previewTemplate)),
		sending[unsavedPreview](full(a, post, "/templates/preview", "templates.previewUnsaved", decodeUnsavedPreview, a.previewTemplate)).
			overlapping(),

		full(a, get, "/quotas", "quotas.list", decodeNone, a.quotas).inOnePiece(),
		sendingForm[mediaParts](fullPost(a, http.StatusCreated, "/media", "media.upload", decodeMedia, a.uploadMedia)).
			waiting(mediaWait).taking(maxMediaBody),

		full(a, get, "/webhooks", "webhooks.list", decodePage, a.webhooks).
			query(pageParams()...),
		sending[webhookInput](fullPost(a, http.StatusCreated, "/webhooks", "webhooks.create", decodeNewWebhook, a.createWebhook)),
		full(a, get, "/webhooks/{name}", "webhooks.get", decodeName, a.webhook),
		sending[webhookInput](full(a, put, "/webhooks/{name}", "webhooks.update", decodeWebhookUpdate, a.updateWebhook)),
		full(a, del, "/webhooks/{name}", "webhooks.delete", decodeName, a.deleteWebhook),
		sending[newMessage](sendingForm[messageParts](fullPost(a, http.StatusAccepted, "/webhooks/{name}/messages", "webhooks.send", decodeWebhookSend, a.sendMessage))).
			header(idempotencyParam()),

		sending[newRun](fullPost(a, http.StatusAccepted, "/sync/runs", "runs.start", decodeRunStart, a.startRun)),
		full(a, get, "/sync/runs", "runs.list", a.decodeRunList, a.runs).
			query(a.runParams()...),
		full(a, get, "/sync/runs/{id}", "runs.get", decodeID, a.run),
		full(a, get, "/sync/runs/{id}/changes", "runs.changes", decodeChangeList, a.changes).
			query(append(changeParams(), pageParams()...)...),
		fullCSV(a, "/sync/runs/{id}/changes.csv", "runs.export", decodeChangeSelection, a.exportChanges).
			query(changeParams()...),
		fullStream(a, "/sync/runs/{id}/progress", "runs.progress", decodeID, a.progress),
		full(a, post, "/sync/runs/{id}/cancel", "runs.cancel", decodeID, a.cancelRun),
		full(a, post, "/sync/runs/{id}/approve", "runs.approve", decodeID, a.approveRun),
		full(a, post, "/sync/runs/{id}/discard", "runs.discard", decodeID, a.discardRun),
		sendingMaybe[undoBody](fullPost(a, http.StatusAccepted, "/sync/runs/{id}/undo", "runs.undo", decodeUndo, a.undoRun)),

		full(a, get, "/sync/settings", "rules.get", a.decodeOneKind, a.syncSettings).
			query(a.kindParam().needed()),
		sending[syncSettingsChange](full(a, put, "/sync/settings", "rules.save", a.decodeSyncSettings, a.saveSyncSettings)).
			query(a.kindParam().needed()),
		sending[personPreviewRequest](full(a, post, "/sync/preview", "rules.preview", decodePersonPreview, a.previewPerson)).
			waiting(verifyWait),
		full(a, get, "/sync/conflicts", "conflicts.list", a.decodeConflictList, a.conflicts).
			query(append([]parameter{a.kindParam()}, pageParams()...)...),
		sending[conflictResolution](full(a, post, "/sync/conflicts/{id}/resolve", "conflicts.resolve", decodeResolution, a.resolveConflict)),
		full(a, get, "/sync/schedule", "schedule.get", a.decodeOneKind, a.schedule).
			query(a.kindParam().needed()),
		sending[scheduleChange](full(a, put, "/sync/schedule", "schedule.save", a.decodeScheduleChange, a.saveSchedule)).
			query(a.kindParam().needed()),

		full(a, get, "/events/types", "events.types", decodeNone, a.eventTypes).inOnePiece(),
		full(a, get, "/subscriptions", "subscriptions.list", decodeNone, a.subscriptions).inOnePiece(),
		sending[newSubscription](fullPost(a, http.StatusCreated, "/subscriptions", "subscriptions.create", decodeBody[newSubscription], a.createSubscription)),
		full(a, get, "/subscriptions/{id}", "subscriptions.get", decodeID, a.subscription),
		sending[subscriptionChange](full(a, put, "/subscriptions/{id}", "subscriptions.update", decodeSubscriptionUpdate, a.updateSubscription)),
		full(a, del, "/subscriptions/{id}", "subscriptions.delete", decodeID, a.deleteSubscription),
		full(a, post, "/subscriptions/{id}/rotate", "subscriptions.rotate", decodeID, a.rotateSubscription),
		full(a, post, "/subscriptions/{id}/test", "subscriptions.test", decodeID, a.testSubscription).
			waiting(testWait),

		full(a, get, "/grants", "grants.list", decodePage, a.grants).
			query(pageParams()...),
		sending[newGrant](fullPost(a, http.StatusCreated, "/grants", "grants.add", decodeBody[newGrant], a.addGrant)),
		full(a, del, "/grants", "grants.remove", decodeGrantRemoval, a.removeGrant).
			query(grantParams()...),
		full(a, get, "/audit", "audit.list", decodePage, a.auditTrail).
			query(pageParams()...),
	}
}
