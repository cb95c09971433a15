package dingtalk

import (
	"cmp"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// How contents show that a channel does not have.
var (
	degradedLink = provider.Text{ //nolint:gochecknoglobals // constant
		ZH: "link：不显示图片，显示为带按钮的卡片", EN: "link: without picture, shown as card with a button",
	}
	degradedPage = provider.Text{ //nolint:gochecknoglobals // constant
		ZH: "notice：没有可打开的页面，显示为markdown", EN: "notice: without a page to open, shown as markdown",
	}
	degradedNotice = provider.Text{ZH: "notice：显示为markdown", EN: "notice: shown as markdown"}        //nolint:gochecknoglobals // constant
	degradedFeed   = provider.Text{ZH: "feed：显示为markdown列表", EN: "feed: shown as a markdown list"}   //nolint:gochecknoglobals // constant
	degradedLayout = provider.Text{ZH: "card：按钮显示为上下排列", EN: "card: buttons shown below each other"} //nolint:gochecknoglobals // constant
)

// wording is the language of the few words this package adds to messages.
type wording string

func (w wording) pick(zh, en string) string {
	if strings.HasPrefix(string(w), "en") {
		return en
	}
	return zh
}

func (w wording) viewDetails() string { return w.pick("查看详情", "View details") }
func (w wording) notice() string      { return w.pick("通知", "Notice") }
func (w wording) picture() string     { return w.pick("图片", "Picture") }

// listTitle shortens a title that shows in the list of chats only.
func listTitle(title string) string {
	title = oneLine(title)
	if chars := []rune(title); len(chars) > longestCardTitle {
		return string(chars[:longestCardTitle-1]) + "…"
	}
	return title
}

// linkMarkdown is the text of a card that stands for a link.
func linkMarkdown(l provider.Link) string {
	return "### " + plainInLine(l.Title) + "\n\n" + keepLines(l.Text)
}

// noticeMarkdown shows everything of a notice, each part a paragraph.
func noticeMarkdown(n provider.Notice, words wording) provider.Markdown {
	title := cmp.Or(n.Title, n.Text)
	var parts []string
	add := func(before, text, after string) {
		if text != "" {
			parts = append(parts, before+text+after)
		}
	}
	if n.Head != nil {
		add("**", plainInLine(n.Head.Text), "**")
	}
	add("### ", plainInLine(n.Title), "")
	if n.Rich != nil {
		add("**", plainInLine(n.Rich.Number+" "+n.Rich.Unit), "**")
	}
	add("", formMarkdown(n.Form), "")
	add("", keepLines(n.Text), "")
	add("![](", addressInMarkdown(n.ImageURL), ")")
	add("", keepLines(oneLine(n.Author)), "")
	if n.Status != nil {
		add("**", plainInLine(n.Status.Text), "**")
	}
	add("["+words.viewDetails()+"](", addressInMarkdown(n.URL), ")")
	return provider.Markdown{Title: listTitle(title), Text: strings.Join(parts, "\n\n")}
}

// formMarkdown is a list. Keys often end with a colon of their own.
func formMarkdown(form []provider.FormRow) string {
	rows := make([]string, len(form))
	for i, row := range form {
		key := strings.TrimRight(oneLine(row.Key), ":： ")
		rows[i] = "- " + plainInLine(key+colonAfter(key)+oneLine(row.Value))
	}
	return strings.Join(rows, "\n")
}

// feedMarkdown is a list of links, without the pictures, which markdown would
// show at full width.
func feedMarkdown(f provider.Feed) provider.Markdown {
	links := make([]string, len(f.Items))
	for i, item := range f.Items {
		links[i] = "- [" + textInLink(item.Title) + "](" + addressInMarkdown(item.URL) + ")"
	}
	return provider.Markdown{Title: listTitle(f.Items[0].Title), Text: strings.Join(links, "\n")}
}

// oneLine joins the lines of a text.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// textInLink keeps a plain text from ending the brackets around it.
func textInLink(s string) string {
	return plainMarked(strings.NewReplacer("[", "［", "]", "］").Replace(oneLine(s)))
}

// addressInMarkdown keeps a URL from ending the parentheses around it.
func addressInMarkdown(s string) string {
	return strings.NewReplacer("(", "%28", ")", "%29", " ", "%20", "\n", "", "\r", "", "<", "%3C", ">", "%3E").Replace(s)
}

// colonAfter is a colon in the width of the script it follows, a space included.
func colonAfter(key string) string {
	if isWide(key) {
		return "："
	}
	return ": "
}

// isWide reports whether a text has characters as wide as Chinese ones.
func isWide(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= '\u2E80' }) >= 0
}
