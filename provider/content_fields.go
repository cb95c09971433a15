package provider

import "fmt"

// field is one text of a content.
type field struct {
	path     string
	value    *string
	required bool
}

// fields returns the texts of the body that Type names; none when it is not
// there.
func (c *Content) fields() []field {
	if set, _ := c.body(c.Type); !set {
		return nil
	}
	switch c.Type {
	case TextContent:
		return []field{{"content.text.content", &c.Text.Content, true}}
	case MarkdownContent:
		return []field{
			{"content.markdown.title", &c.Markdown.Title, true}, {"content.markdown.text", &c.Markdown.Text, true},
		}
	case LinkContent:
		return []field{
			{"content.link.title", &c.Link.Title, true},
			{"content.link.text", &c.Link.Text, true},
			{"content.link.url", &c.Link.URL, true},
			{"content.link.imageUrl", &c.Link.ImageURL, false},
		}
	case ImageContent:
		return []field{{"content.image.mediaId", &c.Image.MediaID, true}}
	case FileContent:
		return []field{{"content.file.mediaId", &c.File.MediaID, true}, {"content.file.name", &c.File.Name, true}}
	case VoiceContent:
		return []field{{"content.voice.mediaId", &c.Voice.MediaID, true}}
	case CardContent:
		return c.Card.fields()
	case NoticeContent:
		return c.Notice.fields()
	case FeedContent:
		return c.Feed.fields()
	}
	return nil
}

func (c *Card) fields() []field {
	list := []field{{"content.card.title", &c.Title, true}, {"content.card.text", &c.Text, true}}
	for i := range c.Buttons {
		at := fmt.Sprintf("content.card.buttons[%d].", i)
		list = append(list, field{at + "title", &c.Buttons[i].Title, true}, field{at + "url", &c.Buttons[i].URL, true})
	}
	return list
}

func (n *Notice) fields() []field {
	list := []field{
		{"content.notice.title", &n.Title, false},
		{"content.notice.text", &n.Text, false},
		{"content.notice.url", &n.URL, false},
		{"content.notice.imageUrl", &n.ImageURL, false},
		{"content.notice.author", &n.Author, false},
	}
	if n.Head != nil {
		list = append(list, field{"content.notice.head.text", &n.Head.Text, true})
	}
	for i := range n.Form {
		at := fmt.Sprintf("content.notice.form[%d].", i)
		list = append(list, field{at + "key", &n.Form[i].Key, true}, field{at + "value", &n.Form[i].Value, false})
	}
	if n.Rich != nil {
		list = append(list, field{"content.notice.rich.number", &n.Rich.Number, true},
			field{"content.notice.rich.unit", &n.Rich.Unit, false})
	}
	if n.Status != nil {
		list = append(list, field{"content.notice.status.text", &n.Status.Text, true})
	}
	return list
}

func (f *Feed) fields() []field {
	var list []field
	for i := range f.Items {
		at := fmt.Sprintf("content.feed.items[%d].", i)
		list = append(list, field{at + "title", &f.Items[i].Title, true}, field{at + "url", &f.Items[i].URL, true},
			field{at + "imageUrl", &f.Items[i].ImageURL, true})
	}
	return list
}
