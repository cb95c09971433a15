package sync

import (
	"strings"
	"unicode"
)

// AccountName says what the username of an account that a pull creates is made
// of. It is a suggestion: the platform makes it unique, and two people of one
// name get two accounts. Without the attribute it is the mobile number.
type AccountName string

// The sources of usernames.
const (
	// AccountMobile is the mobile number.
	AccountMobile AccountName = "mobile"
	// AccountEmail is the email address in lower case, AccountEmailName the
	// part of it before the @.
	AccountEmail     AccountName = "email"
	AccountEmailName AccountName = "emailName"
	// AccountJobNumber is the job number.
	AccountJobNumber AccountName = "jobNumber"
	// AccountUserID is the user id at the office app.
	AccountUserID AccountName = "userId"
	// AccountPersonName is the person's name without spaces.
	AccountPersonName AccountName = "name"
)

// maxUsername bounds usernames, in characters.
const maxUsername = 64

// of returns the username to suggest for a person.
func (a AccountName) of(p *StagedPerson) string {
	var s string
	switch a {
	case AccountMobile:
		s = p.Mobile
	case AccountEmail:
		s = strings.ToLower(p.Email)
	case AccountEmailName:
		s, _, _ = strings.Cut(strings.ToLower(p.Email), "@")
	case AccountJobNumber:
		s = p.JobNumber
	case AccountUserID:
		s = string(p.ID)
	case AccountPersonName:
		s = p.Name
	}
	if s = plain(s); s != "" {
		return s
	}
	return plain(p.Mobile)
}

// plain returns a text without spaces and invisible characters, cut to the
// length of a username.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > maxUsername {
		return string(r[:maxUsername])
	}
	return s
}
