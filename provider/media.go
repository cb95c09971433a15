package provider

import (
	"io"
	"time"
)

// MediaKind is the kind of an uploaded file.
type MediaKind string

// The kinds.
const (
	MediaImage MediaKind = "image"
	MediaVoice MediaKind = "voice"
	MediaVideo MediaKind = "video"
	MediaFile  MediaKind = "file"
)

// Media is a file to be uploaded.
type Media struct {
	Kind MediaKind
	// Name has an extension that Limits.Media allows.
	Name string
	// Size is the number of bytes that Data has.
	Size int64
	Data io.Reader
}

// UploadedMedia is an office app's name for a file it has.
type UploadedMedia struct {
	// ID is used as Image.MediaID and the like. It is good for the app that
	// uploaded it.
	ID string
	// ExpiresAt is when it ceases to be good; zero when the office app does not
	// say.
	ExpiresAt time.Time
}

// MediaLimit is what an office app takes of one kind.
type MediaLimit struct {
	// Bytes is the largest size.
	Bytes int64
	// Extensions are those it takes, lower case without dot.
	Extensions []string
}
