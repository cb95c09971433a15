package provider

import "slices"

// Clone returns a deep copy.
func (c Content) Clone() Content {
	return Content{
		Type: c.Type,
		Text: copied(c.Text), Markdown: copied(c.Markdown), Link: copied(c.Link),
		Image: copied(c.Image), File: copied(c.File), Voice: copied(c.Voice),
		Card: c.Card.clone(), Notice: c.Notice.clone(), Feed: c.Feed.clone(),
	}
}

// copied returns a pointer to a copy, nil for nil.
func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func (c *Card) clone() *Card {
	card := copied(c)
	if card != nil {
		card.Buttons = slices.Clone(card.Buttons)
	}
	return card
}

func (n *Notice) clone() *Notice {
	notice := copied(n)
	if notice != nil {
		notice.Head, notice.Rich, notice.Status = copied(notice.Head), copied(notice.Rich), copied(notice.Status)
		notice.Form = slices.Clone(notice.Form)
	}
	return notice
}

func (f *Feed) clone() *Feed {
	feed := copied(f)
	if feed != nil {
		feed.Items = slices.Clone(feed.Items)
	}
	return feed
}

// Map returns a deep copy in which every text of the body that Type names is
// what change made of it: what people read, URLs and media ids, also empty
// ones; colours and the layout excepted. change is called once for each, in the
// order of the JSON form; path is as in ContentError.Field. The copy is not
// validated: change may make texts empty or too long. Without that body there
// is nothing to change.
func (c Content) Map(change func(path, text string) string) Content {
	mapped := c.Clone()
	for _, f := range mapped.fields() {
		*f.value = change(f.path, *f.value)
	}
	return mapped
}

// Each calls visit with every text that Map would change, in the same order.
func (c Content) Each(visit func(path, text string)) {
	for _, f := range c.fields() {
		visit(f.path, *f.value)
	}
}
