package dingtalktest

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// Types of uploads.
const (
	MediaImage = "image"
	MediaVoice = "voice"
	MediaVideo = "video"
	MediaFile  = "file"
)

// mediaRule is what an upload of a type may be.
type mediaRule struct {
	size       int64 // bytes
	extensions []string
}

// mediaRules are the types of uploads (docs, "upload media files", read
// 2026-11-22; the global table of errors has smaller sizes).
var mediaRules = map[string]mediaRule{
	MediaImage: {20 << 20, []string{"jpg", "gif", "png", "bmp"}},
	MediaVoice: {2 << 20, []string{"amr", "mp3", "wav"}},
	MediaVideo: {20 << 20, []string{"mp4"}},
	MediaFile:  {20 << 20, []string{"doc", "docx", "xls", "xlsx", "ppt", "pptx", "zip", "pdf", "rar"}},
}

// maxSentFile bounds a file in a work notification, in bytes (docs, "message
// types and data format", read 2026-11-22).
const maxSentFile = 10 << 20

// Media is an uploaded file. Its bytes are not kept.
type Media struct {
	// ID is the media id.
	ID       string    `json:"id"`
	CorpID   string    `json:"corpId"`
	ClientID string    `json:"clientId,omitempty"`
	Time     time.Time `json:"time"`
	// Type is MediaImage and the like.
	Type string `json:"type"`
	// Name and ContentType are those of the upload's part.
	Name        string `json:"name"`
	ContentType string `json:"contentType,omitempty"`
	// Size is in bytes, SHA256 in hexadecimal digits.
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256,omitempty"`
	// AnswerLost is the fault that kept the media id from the caller.
	AnswerLost FaultKind `json:"answerLost,omitempty"`
}

// mediaStore knows the uploads.
type mediaStore struct {
	mu   sync.RWMutex
	byID map[string]*Media
	all  []*Media // oldest first
}

func (s *mediaStore) init() { s.byID = make(map[string]*Media) }

func (s *mediaStore) add(m *Media) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[m.ID] = m
	s.all = append(s.all, m)
}

func (s *mediaStore) find(id string) *Media {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byID[id]
}

// newMediaID makes an id in the look of real ones.
func newMediaID() string { return "@lAD" + rand.Text() }

func isMediaID(text string) bool {
	return strings.HasPrefix(text, "@") || strings.HasPrefix(text, "$")
}

// Media returns the uploads, oldest first.
func (em *Emulator) Media() []Media {
	em.media.mu.RLock()
	defer em.media.mu.RUnlock()
	uploads := make([]Media, len(em.media.all))
	for i, m := range em.media.all {
		uploads[i] = *m
	}
	return uploads
}

// AddMedia puts a file into a company as if it had been uploaded, and returns
// its media id. Of m, ID is made up when empty, Time always; the name decides
// the file's format. It returns ErrNotFound, ErrInvalid or ErrExists.
func (em *Emulator) AddMedia(corpID string, m Media) (string, error) {
	if _, err := em.company(corpID); err != nil {
		return "", err
	}
	if _, known := mediaRules[m.Type]; !known {
		return "", fmt.Errorf("%w: media type %q", ErrInvalid, m.Type)
	}
	m.ID = cmp.Or(m.ID, newMediaID())
	if !isMediaID(m.ID) {
		return "", fmt.Errorf("%w: media id %q; begins with @ or $", ErrInvalid, m.ID)
	}
	if em.media.find(m.ID) != nil {
		return "", fmt.Errorf("%w: media id %q", ErrExists, m.ID)
	}
	m.CorpID, m.Time = corpID, em.opts.Now()
	em.media.add(&m)
	return m.ID, nil
}

// extension is the end of a file's name in lower case, without the dot.
func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
}

// checkMedia refuses references to what was not uploaded in the company, or as
// another type, or is too big. That type and size count is our reading.
func (c *call) checkMedia(uses []mediaUse) *refusal {
	if !c.em.opts.obeys(RuleMedia) {
		return nil
	}
	for _, use := range uses {
		m := c.em.media.find(use.id)
		if m == nil || m.CorpID != c.corpID() || use.kind != "" && use.kind != m.Type {
			return errMediaID
		}
		if use.most > 0 && m.Size > use.most {
			return errMediaSize
		}
	}
	return nil
}

// hasFormat tells whether an upload's name has one of the extensions; true when
// nobody knows the upload.
func (em *Emulator) hasFormat(id string, extensions ...string) bool {
	m := em.media.find(id)
	return m == nil || slices.Contains(extensions, extension(m.Name))
}
