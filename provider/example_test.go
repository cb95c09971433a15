package provider_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

func ExampleNewCard() {
	card := provider.NewCard("Leave request", "**Amy** asks for three days",
		provider.Button{Title: "Approve", URL: "https://example.com/leave/7/approve"},
		provider.Button{Title: "Refuse", URL: "https://example.com/leave/7/refuse"})
	card.Card.Layout = provider.LayoutHorizontal
	fmt.Println(card.Validate())

	card.Card.Buttons[1].URL = ""
	fmt.Println(card.Validate())
	// Output:
	// <nil>
	// content.card.buttons[1].url: must not be empty
}

func ExampleContent_Map() {
	letter := provider.NewMarkdown("Welcome, {name}", "Dear {name}, your desk is **{desk}**.")
	amy := letter.Map(func(_, text string) string {
		return strings.NewReplacer("{name}", "Amy", "{desk}", "4-12").Replace(text)
	})
	fmt.Println(amy.Markdown.Title)
	fmt.Println(amy.Markdown.Text)
	fmt.Println(letter.Markdown.Title)
	// Output:
	// Welcome, Amy
	// Dear Amy, your desk is **4-12**.
	// Welcome, {name}
}

// A content has one JSON form, which is also that of the HTTP interface.
func ExampleContent() {
	notice := provider.Content{Type: provider.NoticeContent, Notice: &provider.Notice{
		Title: "Expenses", Form: []provider.FormRow{{Key: "total", Value: "15.60"}},
		Status: &provider.Status{Text: "waiting", Color: "FF6600"},
	}}
	b, err := json.Marshal(notice)
	fmt.Println(string(b), err)
	// Output: {"type":"notice","notice":{"title":"Expenses","form":[{"key":"total","value":"15.60"}],"status":{"text":"waiting","color":"FF6600"}}} <nil>
}
