package wire

// WebhookMsg is a message to a group webhook (POST /robot/send): the field named
// by MsgType is set. Its spelling is not that of a Msg, nor the same in all of
// its own types.
type WebhookMsg struct {
	MsgType    string             `json:"msgtype"`
	Text       *Content           `json:"text,omitempty"`
	Markdown   *Markdown          `json:"markdown,omitempty"`
	Link       *WebhookLink       `json:"link,omitempty"`
	ActionCard *WebhookActionCard `json:"actionCard,omitempty"`
	FeedCard   *FeedCard          `json:"feedCard,omitempty"`
	At         *At                `json:"at,omitempty"`
}

// At names the people a webhook message mentions.
type At struct {
	Mobiles []string `json:"atMobiles,omitempty"`
	UserIDs []string `json:"atUserIds,omitempty"`
	All     bool     `json:"isAtAll"`
}

// WebhookLink is the body of a link message; the picture may be missing.
type WebhookLink struct {
	Title      string `json:"title"`
	Text       string `json:"text"`
	MessageURL string `json:"messageUrl"`
	PicURL     string `json:"picUrl,omitempty"`
}

// WebhookActionCard is the body of a card with one button, in the Single
// fields, or with several.
type WebhookActionCard struct {
	Title       string `json:"title"`
	Text        string `json:"text"`
	SingleTitle string `json:"singleTitle,omitempty"`
	SingleURL   string `json:"singleURL,omitempty"`
	// Orientation is Vertical or Horizontal.
	Orientation string          `json:"btnOrientation,omitempty"`
	Buttons     []WebhookButton `json:"btns,omitempty"`
}

// WebhookButton is one of several buttons of a card.
type WebhookButton struct {
	Title     string `json:"title"`
	ActionURL string `json:"actionURL"`
}

// FeedCard is the body of a list of links.
type FeedCard struct {
	Links []FeedLink `json:"links"`
}

// FeedLink is a link with a picture.
type FeedLink struct {
	Title      string `json:"title"`
	MessageURL string `json:"messageURL"`
	PicURL     string `json:"picURL"`
}
