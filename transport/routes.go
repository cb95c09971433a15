package transport

import (
	"net/http"
	"reflect"
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

// The methods, for the table of operations to be read in columns.
const (
	get  = http.MethodGet
	post = http.MethodPost
	put  = http.MethodPut
	del  = http.MethodDelete
)

// routes is the table of operations. A new one costs a request, a response and
// a line here.
func (a *api) routes() []route {
	return slices.Concat(
		a.compatRoutes(), a.wecomRoutes(), a.appRoutes(), a.messageRoutes(), a.templateRoutes(), a.webhookRoutes(),
		a.runRoutes(), a.ruleRoutes(), a.subscriptionRoutes(), a.grantRoutes(), a.loginRoutes(),
	)
}

// compatRoutes are the compatible family, but for logins and bindings.
func (a *api) compatRoutes() []route {
	return []route{
		compat(a, get, compatBase+"/getEnabledType", "config.enabled", decodeNone, a.enabledTypes).
			answers(reflect.TypeFor[map[string]bool]()),
		compat(a, get, compatBase+"/getThirdConfigByTenantId", "config.get", decodeThirdType, a.thirdConfig).
			answers(reflect.TypeFor[configAnswer]()).
			query(textParam("thirdType", "应用类型", "kind of the office app").needed()),
		compat(a, post, compatBase+"/addThirdAppConfig", "config.add", a.decodeConfig, a.addConfig).
			sends(reflect.TypeFor[configInput]()),
		compat(a, post, compatBase+"/editThirdAppConfig", "config.edit", a.decodeConfig, a.editConfig).
			sends(reflect.TypeFor[configInput]()),
		compat(a, put, compatBase+"/editThirdAppConfig", "config.edit", a.decodeConfig, a.editConfig).
			sends(reflect.TypeFor[configInput]()),
		compat(a, del, compatBase+"/deleteThirdAppConfig", "config.delete", decodeConfigID, a.deleteConfig).
			query(textParam("id", "配置ID", "id of the config").needed()),
		compat(a, get, compatBase+"/sync/dingtalk/departAndUser/toLocal", "sync.toLocal", decodeNone, a.pullDingTalk(a.cfg.SyncWait)).
			answers(reflect.TypeFor[syncInfoBody]()).
			waiting(a.cfg.SyncWait),
		compat(a, get, compatBase+"/sync/dingtalk/depart/toApp", "sync.departToApp", decodePushedDepartments, behindButton(a, a.pushDingTalk)).
			answers(reflect.TypeFor[syncInfoBody]()).
			query(textParam("ids", "忽略", "not looked at")).
			waiting(a.buttonWait),
		compat(a, get, compatBase+"/sync/dingtalk/user/toApp", "sync.userToApp", decodePushedUsers, behindButton(a, a.pushDingTalk)).
			answers(reflect.TypeFor[syncInfoBody]()).
			query(textParam("ids", "用户ID，以逗号分隔；缺省为全部", "ids of users with commas between, everybody if absent")).
			waiting(a.buttonWait),
		compat(a, get, compatBase+"/sync/dingtalk/user/toLocal", "sync.userToLocal", decodeNone, behindButton(a, a.pullDingTalk(a.buttonWait))).
			answers(reflect.TypeFor[syncInfoBody]()).
			query(textParam("ids", "忽略", "not looked at")).
			waiting(a.buttonWait),
		compat(a, post, compatBase+"/sendMessageTest", "message.test", a.decodeTestMessage, a.sendTest).
			answers(reflect.TypeFor[testAnswer]()).
			sends(reflect.TypeFor[testMessageFields]()).
			waiting(a.cfg.SendWait),
		compat(a, post, compatBase+"/recallMessageTest", "message.recallTest", a.decodeTestRecall, a.recallTest).
			answers(reflect.TypeFor[testAnswer]()).
			sends(reflect.TypeFor[testRecallFields]()).
			waiting(a.cfg.SendWait),
	}
}

// appRoutes are about the office apps and what a tenant has connected.
func (a *api) appRoutes() []route {
	return []route{
		full(a, get, "/providers", "providers.list", decodeNone, a.providers).inOnePiece(),
		full(a, get, "/apps", "apps.list", a.decodeKind, a.apps).inOnePiece().
			query(a.kindParam()),
		fullPost(a, http.StatusCreated, "/apps", "apps.create", decodeNewApp, a.createApp).
			sends(reflect.TypeFor[newApp]()),
		newRoute(a, fullFamily, get, "/apps/{id}", "apps.get", decodeID, a.app, a.encodeApp),
		newRoute(a, fullFamily, put, "/apps/{id}", "apps.update", decodeAppUpdate, a.updateApp, a.encodeApp).
			sends(reflect.TypeFor[appChange]()).
			header(textParam("If-Match", "读取时返回的ETag；应用已被他人修改时返回412", "the ETag of the answer that was read; 412 when somebody else has changed the app")),
		full(a, del, "/apps/{id}", "apps.delete", decodeID, a.deleteApp),
		full(a, post, "/apps/{id}/verify", "apps.verify", decodeID, a.verifyApp).
			waiting(verifyWait),
		full(a, get, "/apps/{id}/events", "apps.events", a.decodeAppEvents, a.appEvents).
			waiting(registerWait),
		full(a, post, "/apps/{id}/events/callback", "apps.registerCallback", a.decodeCallbackChange, a.registerCallback).
			sends(reflect.TypeFor[callbackAddress]()).
			waiting(registerWait),
		full(a, del, "/apps/{id}/events/callback", "apps.unregisterCallback", decodeID, a.unregisterCallback).
			waiting(registerWait),
	}
}

// messageRoutes are about messages, their settings, quotas and files.
func (a *api) messageRoutes() []route {
	return []route{
		fullPost(a, http.StatusAccepted, "/messages", "messages.send", decodeSend, a.sendMessage).
			sendsForm(reflect.TypeFor[messageParts]()).
			sends(reflect.TypeFor[newMessage]()).
			header(idempotencyParam()).
			waiting(mediaWait).taking(maxMessageForm),
		full(a, get, "/messages", "messages.list", a.decodeMessageList, a.messages).
			query(a.messageParams()...),
		full(a, get, "/messages/settings", "settings.get", decodeNone, a.messageSettings),
		full(a, put, "/messages/settings", "settings.save", decodeBody[messageSettingsChange], a.saveMessageSettings).
			sends(reflect.TypeFor[messageSettingsChange]()),
		full(a, get, "/messages/{id}", "messages.get", decodeID, a.message),
		full(a, get, "/messages/{id}/deliveries", "messages.deliveries", decodeDeliveryList, a.deliveries).
			query(deliveryParams()...),
		full(a, post, "/messages/{id}/cancel", "messages.cancel", decodeID, a.cancelMessage),
		full(a, post, "/messages/{id}/recall", "messages.recall", decodeID, a.recallMessage).
			waiting(a.cfg.SendWait),
		full(a, post, "/messages/{id}/replay", "messages.replay", decodeReplay, a.replayMessage).
			maySend(reflect.TypeFor[replayBody]()),
		full(a, post, "/messages/{id}/status", "messages.status", decodeStatus, a.messageStatus).
			sends(reflect.TypeFor[provider.Status]()),
		full(a, get, "/quotas", "quotas.list", decodeNone, a.quotas).inOnePiece(),
		fullPost(a, http.StatusCreated, "/media", "media.upload", decodeMedia, a.uploadMedia).
			sendsForm(reflect.TypeFor[mediaParts]()).
			waiting(mediaWait).taking(maxMediaBody),
	}
}

// templateRoutes are about templates of messages.
func (a *api) templateRoutes() []route {
	return []route{
		full(a, get, "/templates", "templates.list", decodePage, a.templates).
			query(pageParams()...),
		full(a, get, "/templates/{name}", "templates.get", decodeTemplateVersion, a.template).
			query(versionParam()),
		newRoute(a, fullFamily, put, "/templates/{name}", "templates.save", decodeTemplateSave, a.saveTemplate, a.encodeSavedTemplate).
			sends(reflect.TypeFor[templateSave]()).
			answeredWith(http.StatusOK, http.StatusCreated),
		full(a, del, "/templates/{name}", "templates.delete", decodeTemplateName, a.deleteTemplate),
		full(a, get, "/templates/{name}/versions", "templates.versions", decodeTemplateVersions, a.templateVersions).
			query(pageParams()...),
		full(a, post, "/templates/{name}/preview", "templates.preview", decodePreview, a.previewTemplate).
			sends(reflect.TypeFor[previewRequest]()),
		full(a, post, "/templates/preview", "templates.previewUnsaved", decodeUnsavedPreview, a.previewTemplate).
			sends(reflect.TypeFor[unsavedPreview]()).
			overlapping(),
	}
}

// webhookRoutes are about group webhooks.
func (a *api) webhookRoutes() []route {
	return []route{
		full(a, get, "/webhooks", "webhooks.list", decodePage, a.webhooks).
			query(pageParams()...),
		fullPost(a, http.StatusCreated, "/webhooks", "webhooks.create", decodeNewWebhook, a.createWebhook).
			sends(reflect.TypeFor[newWebhook]()),
		full(a, get, "/webhooks/{name}", "webhooks.get", decodeName, a.webhook),
		full(a, put, "/webhooks/{name}", "webhooks.update", decodeWebhookUpdate, a.updateWebhook).
			sends(reflect.TypeFor[webhookInput]()),
		full(a, del, "/webhooks/{name}", "webhooks.delete", decodeName, a.deleteWebhook),
		fullPost(a, http.StatusAccepted, "/webhooks/{name}/messages", "webhooks.send", decodeWebhookSend, a.sendMessage).
			sends(reflect.TypeFor[webhookMessageFields]()).
			header(idempotencyParam()),
	}
}

// runRoutes are about runs of the directory.
func (a *api) runRoutes() []route {
	return []route{
		fullPost(a, http.StatusAccepted, "/sync/runs", "runs.start", decodeRunStart, a.startRun).
			sends(reflect.TypeFor[newRun]()),
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
		fullPost(a, http.StatusAccepted, "/sync/runs/{id}/undo", "runs.undo", decodeUndo, a.undoRun).
			maySend(reflect.TypeFor[undoBody]()),
	}
}

// ruleRoutes are about by which rules and when the directory is synchronised.
func (a *api) ruleRoutes() []route {
	return []route{
		full(a, get, "/sync/settings", "rules.get", a.decodeOneKind, a.syncSettings).
			query(a.kindParam().needed()),
		full(a, put, "/sync/settings", "rules.save", a.decodeSyncSettings, a.saveSyncSettings).
			sends(reflect.TypeFor[syncSettingsChange]()).
			query(a.kindParam().needed()),
		full(a, post, "/sync/preview", "rules.preview", decodePersonPreview, a.previewPerson).
			sends(reflect.TypeFor[personPreviewRequest]()).
			waiting(verifyWait),
		full(a, get, "/sync/conflicts", "conflicts.list", a.decodeConflictList, a.conflicts).
			query(append([]parameter{a.kindParam()}, pageParams()...)...),
		full(a, post, "/sync/conflicts/{id}/resolve", "conflicts.resolve", decodeResolution, a.resolveConflict).
			sends(reflect.TypeFor[conflictResolution]()),
		full(a, get, "/sync/schedule", "schedule.get", a.decodeOneKind, a.schedule).
			query(a.kindParam().needed()),
		full(a, put, "/sync/schedule", "schedule.save", a.decodeScheduleChange, a.saveSchedule).
			sends(reflect.TypeFor[scheduleChange]()).
			query(a.kindParam().needed()),
	}
}

// subscriptionRoutes are about whom the platform tells of its events.
func (a *api) subscriptionRoutes() []route {
	return []route{
		full(a, get, "/events/types", "events.types", decodeNone, a.eventTypes).inOnePiece(),
		full(a, get, "/subscriptions", "subscriptions.list", decodeNone, a.subscriptions).inOnePiece(),
		fullPost(a, http.StatusCreated, "/subscriptions", "subscriptions.create", decodeBody[newSubscription], a.createSubscription).
			sends(reflect.TypeFor[newSubscription]()),
		full(a, get, "/subscriptions/{id}", "subscriptions.get", decodeID, a.subscription),
		full(a, put, "/subscriptions/{id}", "subscriptions.update", decodeSubscriptionUpdate, a.updateSubscription).
			sends(reflect.TypeFor[subscriptionChange]()),
		full(a, del, "/subscriptions/{id}", "subscriptions.delete", decodeID, a.deleteSubscription),
		full(a, post, "/subscriptions/{id}/rotate", "subscriptions.rotate", decodeID, a.rotateSubscription),
		full(a, post, "/subscriptions/{id}/test", "subscriptions.test", decodeID, a.testSubscription).
			waiting(testWait),
	}
}

// grantRoutes are about who may do what, and who did.
func (a *api) grantRoutes() []route {
	return []route{
		full(a, get, "/grants", "grants.list", decodePage, a.grants).
			query(pageParams()...),
		fullPost(a, http.StatusCreated, "/grants", "grants.add", decodeBody[newGrant], a.addGrant).
			sends(reflect.TypeFor[newGrant]()),
		full(a, del, "/grants", "grants.remove", decodeGrantRemoval, a.removeGrant).
			query(grantParams()...),
		full(a, get, "/audit", "audit.list", decodeAuditList, a.auditTrail).
			query(auditParams()...),
	}
}
