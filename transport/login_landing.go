package transport

import (
	"errors"
	"net/url"
	"strings"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/tenant"
)

// popupMessage is what a popup posts to its opener.
type popupMessage struct {
	Type     string    `json:"type"`
	TenantID tenant.ID `json:"tenantId"`
	Provider string    `json:"provider"`
	Ticket   string    `json:"ticket,omitempty"`
	// Error is the reason of a refusal; Proof and VerifyMobile go with
	// "unbound".
	Error        string `json:"error,omitempty"`
	Message      string `json:"message,omitempty"`
	Proof        string `json:"proof,omitempty"`
	VerifyMobile bool   `json:"verifyMobile,omitempty"`
}

// What existing front ends expect in place of a popupMessage: a ticket, or one
// of these.
const (
	classicFailed = "登录失败"
	// classicUnbound is followed by a proof.
	classicUnbound = "绑定手机号,"
)

// popup tells the opener how a login ended.
func popup(f identity.Finished, c *call, a *api, err error) landing {
	l := landing{origin: originOf(f.ReturnURL), problem: err}
	details, unbound := unboundDetails(err)
	if f.Mode == modeClassicPopup {
		switch {
		case err == nil:
			l.message = f.Ticket.Reveal()
		case unbound:
			l.message, l.goesOn = classicUnbound+details.Proof, true
		default:
			l.message = classicFailed
		}
		return l
	}
	m := popupMessage{Type: "thirdapp.login", TenantID: f.Tenant, Provider: string(f.Provider), Ticket: f.Ticket.Reveal()}
	if err != nil {
		shown := a.failureOf(err, c.requestID)
		m.Error, m.Message = shown.reason, shown.sentence(c.lang)
		if m.Error == "" {
			m.Error = shown.code.String()
		}
		m.Proof, m.VerifyMobile = details.Proof, details.VerifyMobile
	}
	l.message = m
	return l
}

// unboundDetails returns what somebody without an account can do.
func unboundDetails(err error) (identity.UnboundDetails, bool) {
	var refusal *tenant.Error
	if !errors.As(err, &refusal) {
		return identity.UnboundDetails{}, false
	}
	details, ok := refusal.Details.(identity.UnboundDetails)
	return details, ok
}

// originOf returns scheme and host of a return address.
func originOf(returnURL string) string {
	u, err := url.Parse(returnURL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// classicQuery is the path of the page of existing front ends that takes the
// ticket, and the query it expects.
const classicPath = "/oauth2-app/login"

// locationOf returns where a login that succeeded goes.
func locationOf(f identity.Finished) string {
	if f.Mode == modeClassic {
		return classicLocation(f.ReturnURL, f.Admission)
	}
	return f.ReturnURL + "#" + url.Values{
		"ticket": {f.Ticket.Reveal()}, tenantParam: {string(f.Tenant)}, "provider": {string(f.Provider)},
	}.Encode()
}

// classicLocation puts a ticket where existing front ends look for a token.
func classicLocation(page string, admitted identity.Admission) string {
	page, extra, _ := strings.Cut(page, "?")
	location := page + "?" + url.Values{"oauth2LoginToken": {admitted.Ticket.Reveal()}}.Encode() +
		"&" + url.Values{tenantParam: {string(admitted.Tenant)}}.Encode() +
		"&" + url.Values{"thirdType": {strings.ToUpper(thirdTypeOf(admitted.Provider))}}.Encode()
	if extra != "" {
		location += "&" + extra
	}
	return location
}

// retryOf returns the address that begins a login anew.
func (a *api) retryOf(f identity.Finished) string {
	if f.Mode == modeClassic {
		page, extra, has := strings.Cut(f.ReturnURL, "?")
		state := strings.TrimSuffix(page, classicPath)
		if has {
			state += "?" + extra
		}
		return a.cfg.Prefix + compatLogin + "/oauth2/" + thirdTypeOf(f.Provider) + "/login?" +
			url.Values{"state": {state}, tenantParam: {string(f.Tenant)}}.Encode()
	}
	return a.cfg.Prefix + "/login/" + string(f.Provider) + "/authorize?" +
		url.Values{"returnUrl": {f.ReturnURL}, tenantParam: {string(f.Tenant)}}.Encode()
}
