package provider

import "slices"

// ContentType names what a [Content] holds.
type ContentType string

// The content types. Which of them an office app can show on a channel, and as
// what, is told when it renders them.
const (
	TextContent     ContentType = "text"
	MarkdownContent ContentType = "markdown"
	LinkContent     ContentType = "link"
	ImageContent    ContentType = "image"
	FileContent     ContentType = "file"
	VoiceContent    ContentType = "voice"
	CardContent     ContentType = "card"
	NoticeContent   ContentType = "notice"
	FeedContent     ContentType = "feed"
)

var contentTypes = [...]ContentType{ //nolint:gochecknoglobals // constant table
	TextContent, MarkdownContent, LinkContent, ImageContent, FileContent,
	VoiceContent, CardContent, NoticeContent, FeedContent,
}

// ContentTypes returns all content types. The caller owns the slice.
func ContentTypes() []ContentType { return slices.Clone(contentTypes[:]) }

// Content is a neutral message: exactly the field named by Type is set. It holds
// pointers; [Content.Clone] makes a copy that can be changed.
type Content struct {
	Type     ContentType `json:"type"`
	Text     *TextBody   `json:"text,omitempty"`
	Markdown *Markdown   `json:"markdown,omitempty"`
	Link     *Link       `json:"link,omitempty"`
	Image    *Image      `json:"image,omitempty"`
	File     *File       `json:"file,omitempty"`
	Voice    *Voice      `json:"voice,omitempty"`
	Card     *Card       `json:"card,omitempty"`
	Notice   *Notice     `json:"notice,omitempty"`
	Feed     *Feed       `json:"feed,omitempty"`
}

// TextBody is plain text.
type TextBody struct {
	Content string `json:"content"`
}

// Markdown is formatted text. Title is what the list of chats shows. What of
// markdown an office app cannot show is converted when it is rendered. An image
// in it is a URL or a media id.
type Markdown struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Link is a text that opens a page. URL is absolute, http or https (or the
// office app's own scheme). ImageURL is a URL or a media id.
type Link struct {
	Title    string `json:"title"`
	Text     string `json:"text"`
	URL      string `json:"url"`
	ImageURL string `json:"imageUrl,omitempty"`
}

// Image is a picture that was uploaded before.
type Image struct {
	MediaID string `json:"mediaId"`
}

// File is a document that was uploaded before. Name is what people see, with
// its extension.
type File struct {
	MediaID string `json:"mediaId"`
	Name    string `json:"name"`
}

// Voice is a recording that was uploaded before.
type Voice struct {
	MediaID string `json:"mediaId"`
	// Duration is its length in seconds, 1 to 60.
	Duration int `json:"duration"`
}

// Card is a text with buttons that open pages.
type Card struct {
	Title string `json:"title"`
	// Text is markdown.
	Text string `json:"text"`
	// Layout says how several buttons stand; "" is LayoutVertical.
	Layout  CardLayout `json:"layout,omitempty"`
	Buttons []Button   `json:"buttons"`
}

// CardLayout says how the buttons of a card stand.
type CardLayout string

// The layouts.
const (
	LayoutVertical   CardLayout = "vertical"
	LayoutHorizontal CardLayout = "horizontal"
)

// MaxButtons is the largest number of buttons on a card.
const MaxButtons = 5

// Button opens a page.
type Button struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Notice is a structured announcement: head, form rows, text, picture, author,
// whatever of it is set. Title or Text is required.
type Notice struct {
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
	// URL is the page it opens; may be empty.
	URL string `json:"url,omitempty"`
	// ImageURL is a URL or a media id; may be empty.
	ImageURL string      `json:"imageUrl,omitempty"`
	Author   string      `json:"author,omitempty"`
	Head     *NoticeHead `json:"head,omitempty"`
	Form     []FormRow   `json:"form,omitempty"`
	Rich     *RichNumber `json:"rich,omitempty"`
	// Status is shown in a bar that can be changed later; see StatusUpdater.
	Status *Status `json:"status,omitempty"`
}

// NoticeHead is the coloured line on top of a notice.
type NoticeHead struct {
	Text string `json:"text"`
	// Color is six hexadecimal digits, red first, such as "FF6600"; "" is the
	// office app's own.
	Color string `json:"color,omitempty"`
}

// FormRow is one line of a form.
type FormRow struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// MaxFormRows is the largest number of form rows.
const MaxFormRows = 20

// RichNumber is a number shown large.
type RichNumber struct {
	Number string `json:"number"`
	Unit   string `json:"unit,omitempty"`
}

// Status is the text of a status bar, such as "approved".
type Status struct {
	Text string `json:"text"`
	// Color is as in NoticeHead.
	Color string `json:"color,omitempty"`
}

// Feed is a list of links with pictures.
type Feed struct {
	Items []FeedItem `json:"items"`
}

// MaxFeedItems is the largest number of items in a feed.
const MaxFeedItems = 10

// FeedItem is one link of a feed.
type FeedItem struct {
	Title    string `json:"title"`
	URL      string `json:"url"`
	ImageURL string `json:"imageUrl"`
}

// NewText returns a plain text content.
func NewText(content string) Content {
	return Content{Type: TextContent, Text: &TextBody{Content: content}}
}

// NewMarkdown returns a markdown content.
func NewMarkdown(title, text string) Content {
	return Content{Type: MarkdownContent, Markdown: &Markdown{Title: title, Text: text}}
}

// NewLink returns a link content; imageURL may be empty.
func NewLink(title, text, url, imageURL string) Content {
	return Content{Type: LinkContent, Link: &Link{Title: title, Text: text, URL: url, ImageURL: imageURL}}
}

// NewImage returns a picture.
func NewImage(mediaID string) Content {
	return Content{Type: ImageContent, Image: &Image{MediaID: mediaID}}
}

// NewCard returns a card with buttons below each other. It keeps the slice.
func NewCard(title, text string, buttons ...Button) Content {
	return Content{Type: CardContent, Card: &Card{Title: title, Text: text, Buttons: buttons}}
}
