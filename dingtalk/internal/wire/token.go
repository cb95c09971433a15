package wire

// TokenRequest asks for the access token of an internal app
// (POST /v1.0/oauth2/accessToken).
type TokenRequest struct {
	AppKey    string `json:"appKey"`
	AppSecret string `json:"appSecret"`
}

// Token is the answer to a TokenRequest.
type Token struct {
	AccessToken Text `json:"accessToken"`
	// ExpireIn is in seconds.
	ExpireIn Int `json:"expireIn"`
}
