package providertest

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// Kind is the Fake's kind unless its config names another.
const Kind provider.Kind = "fake"

// The ids and the secret of the one app that a Fake knows.
const (
	OrgID        = "fake-org"
	ClientID     = "fake-client"
	ClientSecret = "fake-secret-2f6c1b" //nolint:gosec // of an app that does not exist
)

// FakeConfig describes a Fake. The zero value is ready to use.
type FakeConfig struct {
	// Kind defaults to the package's Kind.
	Kind provider.Kind
	// Limits are what the Fake says and obeys; zero fields mean no limit. When
	// Media is nil, the Fake takes images, voices and files of up to 1 MiB;
	// when it is empty, none. Minutes and days are those of the clock, see
	// Sent.Beyond.
	Limits provider.Limits
	// Company is the directory; it can be changed later.
	Company Company
	// PageSize is how many entries a page of the directory holds; 0 means 5.
	PageSize int
	// LongestText bounds each text of a content, in bytes; 0 means no limit.
	LongestText int
	// Degrades are the content types that are shown as text, Unsupported those
	// that are not shown at all; on every channel.
	Degrades    []provider.ContentType
	Unsupported []provider.ContentType
	// Conversations are the groups that the robot is a member of; nil means
	// any.
	Conversations []provider.ConversationID
	// MediaLife is how long an uploaded file is good for; 0 means that the Fake
	// does not say.
	MediaLife time.Duration
	// NoTracking leaves out MessageTracker.
	NoTracking bool
	// Without are further abilities that are left out, by the names of their
	// interfaces, such as "MessageRecaller". (A Factory without webhooks is
	// struct{ provider.Factory }{fake}.)
	Without []string
}

// Fake is an office app in memory, with one organisation and one app in it. It
// is a provider.Factory; its Providers share its state. Everything on it is
// safe for concurrent use.
type Fake struct {
	cfg FakeConfig

	mu       sync.Mutex
	company  Company
	steps    map[Op][]Step
	faults   map[Op]Step
	calls    map[Op]int
	refused  map[provider.UserID]*provider.Error
	counted  map[counter]int
	tasks    map[string]*task
	sent     []*task
	robot    []*task
	webhooks []*task
	receipts map[string]provider.Receipt
	uploaded []Uploaded
	codes    map[string]loginCode
	// codesGiven and nonces number what was given out.
	codesGiven, nonces int
	// invited holds who has to agree before they join, by mobile number; nil
	// until CreatePerson has invited them. created numbers new ids.
	invited map[string]*provider.Person
	created int
	// told numbers events.
	told int
	// callbackURL is the registered address.
	callbackURL string
	news        news
}

var (
	_ provider.Factory        = (*Fake)(nil)
	_ provider.WebhookFactory = (*Fake)(nil)
)

// NewFake returns a Fake.
func NewFake(cfg FakeConfig) *Fake {
	if cfg.Kind == "" {
		cfg.Kind = Kind
	}
	if cfg.PageSize == 0 {
		cfg.PageSize = 5
	}
	cfg.Without = slices.Clone(cfg.Without)
	if cfg.NoTracking {
		cfg.Without = append(cfg.Without, "MessageTracker")
	}
	switch {
	case slices.Contains(cfg.Without, "MediaUploader"):
		cfg.Limits.Media = nil
	case cfg.Limits.Media == nil:
		cfg.Limits.Media = defaultMedia()
	}
	return &Fake{
		cfg: cfg, company: cfg.Company.clone(),
		steps: make(map[Op][]Step), faults: make(map[Op]Step), calls: make(map[Op]int),
		refused: make(map[provider.UserID]*provider.Error), counted: make(map[counter]int),
		tasks: make(map[string]*task), receipts: make(map[string]provider.Receipt),
		invited: make(map[string]*provider.Person),
	}
}

// defaultMedia is what a Fake takes unless its config says otherwise.
func defaultMedia() map[provider.MediaKind]provider.MediaLimit {
	const most = 1 << 20
	return map[provider.MediaKind]provider.MediaLimit{
		provider.MediaImage: {Bytes: most, Extensions: []string{"jpg", "png"}},
		provider.MediaVoice: {Bytes: most, Extensions: []string{"amr"}},
		provider.MediaFile:  {Bytes: most, Extensions: []string{"pdf", "txt", "zip"}},
	}
}

// limits returns a copy of the limits.
func (f *Fake) limits() provider.Limits {
	l := f.cfg.Limits
	l.Write.Lacks = slices.Clone(l.Write.Lacks)
	l.Media = maps.Clone(l.Media)
	for kind, m := range l.Media {
		m.Extensions = slices.Clone(m.Extensions)
		l.Media[kind] = m
	}
	return l
}
