// Package jwtauth signs people in by JSON Web Token: HMAC-SHA-256 over a key of
// the host, the token in a request header. Its [Authenticator] is what package
// transport asks for:
//
//	auth, err := jwtauth.New(jwtauth.Config{Key: key, Lookup: lookup})
//	if err != nil {
//		return err
//	}
//	cfg := transport.Config{Authenticator: auth.Authenticate}
//
// # The token in the request
//
// It is taken from the header X-Access-Token; where that is absent or blank,
// from "Authorization: Bearer <token>" or, as older front ends send it, from
// "Authorization: <token>". A token in the URL is not looked at: URLs stand in
// logs.
//
// # What a token proves
//
// Who somebody is, and nothing else. On every request Lookup says whether the
// user still exists and which tenants they are a member of, so that a change
// there works at once, or after [Config.Remember], while the token lives until it
// expires.
//
// # Sessions of logins
//
// [Sessions] issues tokens to people who come in through their office app. Such
// a token says in which tenants it holds ([Claims.Bounded]) and is remembered
// until it is revoked; a Lookup of the host's asks [Sessions.Holds] about it.
//
// # Errors
//
// Refusals are transport.ErrTokenMissing, ErrTokenInvalid, ErrTokenExpired and
// ErrUserUnknown. No error contains a token or key.
//
// # Concurrency
//
// Everything here is safe for concurrent use.
package jwtauth
