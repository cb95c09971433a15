// A stand-in for DingTalk's script for pages. It knows that it is inside of
// DingTalk, and whose, by what the emulator has put behind the '#'.
(function () {
  "use strict";
  var found = /^#dingtalk=([^:]*):(.*)$/.exec(location.hash);
  var corpId = found && decodeURIComponent(found[1]);
  var codes = found ? found[2].split(",") : [];

  function requestAuthCode(asked) {
    setTimeout(function () {
      if (!found || asked.corpId !== corpId) {
        asked.onFail({errorCode: 3, errorMessage: "对应企业没有" + location.hostname + "域名微应用"});
      } else if (codes.length === 0) {
        asked.onFail({errorCode: -1, errorMessage: "模拟的登录码已用完 no more emulated codes"});
      } else {
        asked.onSuccess({code: codes.shift()});
      }
    }, 0);
  }

  window.dd = {
    env: {platform: found ? "pc" : "notInDingTalk"},
    ready: function (f) { setTimeout(f, 0); },
    error: function () {},
    requestAuthCode: requestAuthCode,
    runtime: {permission: {requestAuthCode: requestAuthCode}}
  };
})();
