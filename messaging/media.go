package messaging

import (
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// Media is a file that was uploaded to an office app.
type Media struct {
	Tenant   tenant.ID
	Provider provider.Kind
	AppID    string
	// AppIdentity is the tenant.App.Identity that the app had: another app at the
	// office app does not know the ID.
	AppIdentity string
	Kind        provider.MediaKind
	// Hash is the SHA-256 of the data, in hexadecimal digits.
	Hash string
	Name string
	Size int64
	// ID is the office app's name for it.
	ID string
	// ExpiresAt is when the ID ceases to be good; zero when never.
	ExpiresAt  time.Time
	UploadedAt time.Time
}
