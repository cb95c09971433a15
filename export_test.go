package thirdapp

import (
	"github.com/thirdapp/thirdapp/identity"
	dirsync "github.com/thirdapp/thirdapp/sync"
)

// Leaving returns the members of a directory whose leavers lose their sessions.
func Leaving(m dirsync.Members, logins *identity.Service) dirsync.Members {
	return membersOf(m, logins)
}
