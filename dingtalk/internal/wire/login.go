package wire

// CodeRequest redeems the code of a page inside of DingTalk
// (topapi/v2/user/getuserinfo).
type CodeRequest struct {
	Code string `json:"code"`
}

// CodeUser is the result of topapi/v2/user/getuserinfo.
type CodeUser struct {
	UserID  Text `json:"userid"`
	UnionID Text `json:"unionid"`
	Name    Text `json:"name"`
}

// UserTokenRequest redeems the code of a login in a browser
// (POST /v1.0/oauth2/userAccessToken).
type UserTokenRequest struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	GrantType    string `json:"grantType"`
	Code         string `json:"code"`
}

// UserToken is the answer to a UserTokenRequest.
type UserToken struct {
	AccessToken Text `json:"accessToken"`
	// CorpID is empty when the login was not asked for a company.
	CorpID Text `json:"corpId"`
}

// Self is who a user token stands for (GET /v1.0/contact/users/me).
type Self struct {
	UnionID Text `json:"unionId"`
	Nick    Text `json:"nick"`
}

// PageTicket is what pages are signed with (POST /v1.0/oauth2/jsapiTickets).
type PageTicket struct {
	Ticket Text `json:"jsapiTicket"`
	// ExpireIn is in seconds.
	ExpireIn Int `json:"expireIn"`
}
