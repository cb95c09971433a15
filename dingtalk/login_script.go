package dingtalk

import "github.com/thirdapp/thirdapp/provider"

var _ provider.CodeScripter = (*Provider)(nil)

// The parts of CodeScript. Apps older than 7.0.45 know the older name of
// requestAuthCode alone (docs, "requestAuthCode" and "get the login code of a
// micro app", read 2026-11-29). What goes to dd.error is not looked at: it
// reports harmless things before dd.ready, too.
const (
	insideDingTalk = `dd.env.platform !== "notInDingTalk"`
	askDingTalk    = `function (app) {
  return new Promise(function (resolve, reject) {
    var ways = [];
    if (dd.requestAuthCode) ways.push(dd.requestAuthCode);
    if (dd.runtime && dd.runtime.permission) ways.push(dd.runtime.permission.requestAuthCode);
    function next(problem) {
      var way = ways.shift();
      if (!way) {
        reject(new Error(problem && (problem.errorMessage || problem.message) || "requestAuthCode"));
        return;
      }
      way({
        corpId: app.corpId, clientId: app.clientId,
        onSuccess: function (result) { resolve(result.code); }, onFail: next
      });
    }
    dd.ready(next);
  });
}`
)

// CodeScript is how a page inside of DingTalk gets the code of InAppIdentity.
func (p *Provider) CodeScript() provider.CodeScript {
	return provider.CodeScript{URL: p.pageScript, Inside: insideDingTalk, Ask: askDingTalk}
}
