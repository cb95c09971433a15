package events

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"

	"github.com/thirdapp/thirdapp/provider"
)

// Reason is why an endpoint could not be told, as a stable name for programs.
type Reason string

// The reasons.
const (
	// ReasonStatus: it answered a status that is no success.
	ReasonStatus Reason = "bad_status"
	// ReasonRedirect: it answered a redirect, which is not followed.
	ReasonRedirect Reason = "redirect"
	// ReasonGone: it answered 410 Gone, and the subscription was disabled.
	ReasonGone Reason = "gone"
	// ReasonTimeout: it did not answer in time.
	ReasonTimeout Reason = "timeout"
	// ReasonHost: its name could not be resolved.
	ReasonHost Reason = "host_not_found"
	// ReasonAddress: its name leads to an address that is not public.
	ReasonAddress Reason = "address_forbidden"
	// ReasonTLS: no secure connection, such as an expired certificate.
	ReasonTLS Reason = "tls_failed"
	// ReasonConnection: no connection, one that broke, or an answer that is
	// not HTTP.
	ReasonConnection Reason = "connection_failed"
	// ReasonSecret: the stored signing secret cannot be decrypted.
	ReasonSecret Reason = "secret_unreadable"
)

// reasonTexts says each reason to an administrator of the tenant, with what to
// do about it.
var reasonTexts = map[Reason][2]provider.Text{ //nolint:gochecknoglobals // constant table
	ReasonStatus: {
		{ZH: "回调地址返回了非2xx的HTTP状态码", EN: "the endpoint answered an HTTP status other than 2xx"},
		{ZH: "请检查接收端的日志", EN: "look into the log of the receiver"},
	},
	ReasonRedirect: {
		{ZH: "回调地址返回了重定向，系统不会跟随", EN: "the endpoint answered a redirect, which is not followed"},
		{ZH: "请将回调地址改为最终地址", EN: "change the URL to where the redirect leads"},
	},
	ReasonGone: {
		{ZH: "回调地址返回410 Gone，订阅已停用", EN: "the endpoint answered 410 Gone; the subscription was disabled"},
		{ZH: "如仍需接收，请恢复接收端后重新启用订阅", EN: "if it is still wanted, bring the receiver back and enable the subscription again"},
	},
	ReasonTimeout: {
		{ZH: "回调地址未在规定时间内响应", EN: "the endpoint did not answer in time"},
		{ZH: "请先快速返回2xx，再异步处理", EN: "answer 2xx at once and work afterwards"},
	},
	ReasonHost: {
		{ZH: "回调地址的域名无法解析", EN: "the endpoint's host name cannot be resolved"},
		{ZH: "请检查域名拼写与DNS记录", EN: "check the name's spelling and its DNS records"},
	},
	ReasonAddress: {
		{ZH: "回调地址指向内网或保留地址，已拒绝访问", EN: "the endpoint's host name leads to a private or reserved address, which is not called"},
		{ZH: "请改用公网可访问的地址", EN: "use an address that the public internet can reach"},
	},
	ReasonTLS: {
		{ZH: "无法与回调地址建立安全连接", EN: "no secure connection could be made to the endpoint"},
		{ZH: "请检查证书是否有效、完整且与域名匹配", EN: "check that its certificate is valid, complete and of that host name"},
	},
	ReasonConnection: {
		{ZH: "无法连接回调地址，或连接中断", EN: "no connection could be made to the endpoint, or it broke"},
		{ZH: "请检查接收端是否在运行、防火墙是否放行", EN: "check that the receiver is running and that no firewall is in the way"},
	},
	ReasonSecret: {
		{ZH: "已保存的签名密钥无法解密", EN: "the stored signing secret cannot be decrypted"},
		{ZH: "请轮换签名密钥", EN: "rotate the secret"},
	},
}

// Text says the reason to a person, and what to do about it; both are empty for
// "" and for a reason of another release.
func (r Reason) Text() (problem, remedy provider.Text) {
	texts := reasonTexts[r]
	return texts[0], texts[1]
}

// reasonOf classifies why no answer came.
func reasonOf(err error) Reason {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var network net.Error
	switch {
	case errors.Is(err, errForbiddenAddress):
		return ReasonAddress
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert):
		return ReasonTLS
	case errors.As(err, &dns) && !dns.IsTimeout:
		return ReasonHost
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &network) && network.Timeout():
		return ReasonTimeout
	}
	return ReasonConnection
}
