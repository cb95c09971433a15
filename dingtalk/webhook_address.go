package dingtalk

import (
	"net/url"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// signSecretPrefix begins the secret of every signed webhook (docs, "security
// settings of custom robots", read 2026-11-22).
const signSecretPrefix = "SEC"

// webhookPlace is where webhooks may be: a scheme, a host with its port, and
// the path in front of webhookPath.
type webhookPlace struct{ scheme, host, base string }

// webhookPlaces are DingTalk's hosts, those of the base URLs, and the allowed
// ones.
func webhookPlaces(o Options) []webhookPlace {
	var places []webhookPlace
	for _, base := range []string{DefaultOAPIBaseURL, DefaultAPIBaseURL, o.OAPIBaseURL, o.APIBaseURL} {
		if u, err := url.Parse(base); err == nil {
			places = append(places, webhookPlace{u.Scheme, hostOf(u), u.EscapedPath()})
		}
	}
	for _, host := range o.AllowedWebhookHosts {
		if u, err := url.Parse("https://" + host); err == nil {
			places = append(places, webhookPlace{"https", hostOf(u), ""})
		}
	}
	return places
}

// hostOf returns a host in lower case, with a port unless it is the scheme's.
func hostOf(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	port := u.Port()
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return host
	}
	return host + ":" + port
}

// webhookAddress is a checked webhook.
type webhookAddress struct{ address, token string }

// CheckWebhook wants https, DingTalk's path, an access token and no user
// information. The host is DingTalk's, that of a base URL of Options, with its
// scheme and port, or an allowed one. The texts repeat nothing of the address.
func (s *webhooks) CheckWebhook(w provider.Webhook) provider.Text {
	if _, problem := s.place(w.URL.Reveal()); !problem.IsZero() {
		return problem
	}
	secret := w.SignSecret.Reveal()
	if secret != "" && (!strings.HasPrefix(secret, signSecretPrefix) || strings.TrimSpace(secret) != secret) {
		return provider.Text{
			ZH: "加签密钥应以SEC开头，请从机器人安全设置中完整复制",
			EN: "the sign secret begins with SEC; copy it whole from the robot's security settings",
		}
	}
	return provider.Text{}
}

// place takes an address apart and puts together the one that is called.
func (s *webhooks) place(raw string) (webhookAddress, provider.Text) {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.User != nil || u.Fragment != "" {
		return webhookAddress{}, provider.Text{
			ZH: "Webhook地址格式不正确，不能包含用户名、密码或#片段",
			EN: "not a webhook address: it must be a URL without user name, password or fragment",
		}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if tokens := query["access_token"]; err != nil || len(tokens) != 1 || tokens[0] == "" {
		return webhookAddress{}, provider.Text{
			ZH: "Webhook地址缺少access_token，请从机器人设置中完整复制",
			EN: "the webhook address has no access_token; copy it whole from the robot's settings",
		}
	}
	for _, p := range s.places {
		if u.Scheme == p.scheme && hostOf(u) == p.host && u.EscapedPath() == p.base+"/"+webhookPath {
			return webhookAddress{p.scheme + "://" + p.host + p.base + "/" + webhookPath, query.Get("access_token")}, provider.Text{}
		}
	}
	return webhookAddress{}, provider.Text{
		ZH: "不是钉钉的Webhook地址，应以https://oapi.dingtalk.com/robot/send开头",
		EN: "not a webhook address of DingTalk: it begins with https://oapi.dingtalk.com/robot/send",
	}
}
