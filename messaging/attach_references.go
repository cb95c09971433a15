package messaging

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// use is an attachment in the role it has in a content.
type use struct {
	name string
	kind provider.MediaKind
}

// reference is one place of a content that names an attachment.
type reference struct {
	use
	// path is the field it stands in.
	path string
}

// references are the places of a content that name attachments.
type references struct {
	list []reference
	// names are those of the attachments, the longest first, since a name may
	// begin with another one.
	names []string
}

// fieldOfMedia matches the fields that hold a media id, or the URL of a
// picture, and nothing else.
var fieldOfMedia = regexp.MustCompile(`^content\.(image|file|voice)\.mediaId$|\.imageUrl$`)

// imageInMarkdown matches the begin of a picture that is an attachment.
var imageInMarkdown = regexp.MustCompile(`!\[[^\]\n]*\]\(` + attachmentScheme)

// kindAt returns as what an attachment is used that is a whole field; "" where
// none can be.
func kindAt(path string) provider.MediaKind {
	if !fieldOfMedia.MatchString(path) {
		return ""
	}
	switch path {
	case "content.file.mediaId":
		return provider.MediaFile
	case "content.voice.mediaId":
		return provider.MediaVoice
	}
	return provider.MediaImage
}

// namesAttachments reports whether a content may name attachments.
func namesAttachments(c provider.Content) (found bool) {
	c.Each(func(_, text string) { found = found || strings.Contains(text, attachmentScheme) })
	return found
}

func findReferences(c provider.Content, files []Attachment) references {
	r := references{}
	for _, f := range files {
		r.names = append(r.names, f.Name)
	}
	slices.SortFunc(r.names, func(a, b string) int { return len(b) - len(a) })
	c.Each(func(path, text string) {
		r.each(path, text, func(u use) string {
			r.list = append(r.list, reference{u, path})
			return ""
		})
	})
	return r
}

// replaced returns the content with ids in the place of attachments.
func (r references) replaced(c provider.Content, ids map[use]string) provider.Content {
	return c.Map(func(path, text string) string {
		return r.each(path, text, func(u use) string { return ids[u] })
	})
}

// each returns a text in which every reference is what replace makes of it.
func (r references) each(path, text string, replace func(use) string) string {
	if name, whole := strings.CutPrefix(text, attachmentScheme); whole && kindAt(path) != "" {
		return replace(use{name, kindAt(path)})
	}
	if !isMarkdown(path) {
		return text
	}
	var b strings.Builder
	for {
		at := imageInMarkdown.FindStringIndex(text)
		if at == nil {
			b.WriteString(text)
			return b.String()
		}
		name := r.nameIn(text[at[1]:])
		b.WriteString(text[:at[1]-len(attachmentScheme)])
		b.WriteString(replace(use{name, provider.MediaImage}))
		text = text[at[1]+len(name):]
	}
}

// nameIn returns the name that a text begins with: that of an attachment,
// which may have brackets of its own, else all up to the end of the address.
func (r references) nameIn(text string) string {
	for _, name := range r.names {
		if rest, ok := strings.CutPrefix(text, name); ok && strings.HasPrefix(rest, ")") {
			return name
		}
	}
	if end := strings.IndexAny(text, ")\n"); end >= 0 {
		return text[:end]
	}
	return text
}

// check refuses references without attachment and attachments without
// reference.
func (r references) check(files []Attachment) error {
	used := make(map[string]bool, len(files))
	for _, ref := range r.list {
		if !slices.Contains(r.names, ref.name) {
			return errAttachment(ref.path,
				fmt.Sprintf("内容引用了不存在的附件%q", ref.name),
				fmt.Sprintf("the content refers to an attachment %q that is not there", ref.name))
		}
		used[ref.name] = true
	}
	for i, f := range files {
		if !used[f.Name] {
			return errAttachment(fmt.Sprintf("attachments[%d]", i),
				fmt.Sprintf("附件%q未在内容中使用：请以%s%s引用，或去掉该附件", f.Name, attachmentScheme, f.Name),
				fmt.Sprintf("the content does not use the attachment %q; refer to it as %s%s, or leave it out",
					f.Name, attachmentScheme, f.Name))
		}
	}
	return nil
}

// files returns what is to be uploaded, once for each use.
func (r references) files(
	list []Attachment, limits map[provider.MediaKind]provider.MediaLimit,
) (map[use]file, error) {
	wanted := make(map[use]file, len(list))
	for _, ref := range r.list {
		i := slices.IndexFunc(list, func(a Attachment) bool { return a.Name == ref.name })
		a := list[i]
		limit, fault := checkMediaName(a.Name, ref.kind, limits)
		if fault == nil {
			fault = checkMediaData(a.Name, ref.kind, a.Data, limit)
		}
		if fault != nil {
			return nil, errAttachment(fmt.Sprintf("attachments[%d]", i), fault.text.ZH, fault.text.EN)
		}
		wanted[ref.use] = file{name: a.Name, kind: ref.kind, data: a.Data}
	}
	return wanted, nil
}
