package transport

import (
	"context"

	"github.com/thirdapp/thirdapp/provider"
)

// providerBody describes an office app that the host offers.
type providerBody struct {
	Kind provider.Kind `json:"kind"`
	// Title is in the language of the request, Titles in both.
	Title     string        `json:"title"`
	Titles    provider.Text `json:"titles"`
	Abilities []string      `json:"abilities"`
	Limits    limitsBody    `json:"limits"`
	// Settings is a JSON Schema (2020-12) of what a tenant enters.
	Settings settingsSchema `json:"settings"`
}

// limitsBody is provider.Limits; 0 is no limit.
type limitsBody struct {
	UsersPerSend         int                                    `json:"usersPerSend"`
	DepartmentsPerSend   int                                    `json:"departmentsPerSend"`
	RobotUsersPerSend    int                                    `json:"robotUsersPerSend"`
	MessageBytes         int                                    `json:"messageBytes"`
	RobotBytes           int                                    `json:"robotBytes"`
	WebhookBytes         int                                    `json:"webhookBytes"`
	CallsPerSecond       int                                    `json:"callsPerSecond"`
	EveryonePerDay       int                                    `json:"everyonePerDay"`
	SendsPerPersonPerDay int                                    `json:"sendsPerPersonPerDay"`
	SameContentPerDay    int                                    `json:"sameContentPerDay"`
	PeoplePerMinute      int                                    `json:"peoplePerMinute"`
	WebhookPerMinute     int                                    `json:"webhookPerMinute"`
	TrackWindowSeconds   int                                    `json:"trackWindowSeconds"`
	TrackUsers           int                                    `json:"trackUsers"`
	RecallWindowSeconds  int                                    `json:"recallWindowSeconds"`
	StatusWindowSeconds  int                                    `json:"statusWindowSeconds"`
	StatusUsers          int                                    `json:"statusUsers"`
	Mentions             int                                    `json:"mentions"`
	Media                map[provider.MediaKind]mediaLimitsBody `json:"media"`
	Write                writeLimitsBody                        `json:"write"`
	PeoplePageSize       int                                    `json:"peoplePageSize"`
}

// writeLimitsBody is provider.WriteLimits: what a push may write, lengths in
// characters.
type writeLimitsBody struct {
	DepartmentName        int    `json:"departmentName"`
	DepartmentNameWithout string `json:"departmentNameWithout"`
	UserID                int    `json:"userId"`
	PersonName            int    `json:"personName"`
	Email                 int    `json:"email"`
	JobNumber             int    `json:"jobNumber"`
	Title                 int    `json:"title"`
	Extension             int    `json:"extension"`
	Memberships           int    `json:"memberships"`
	MobileRequired        bool   `json:"mobileRequired"`
	MobileFixed           bool   `json:"mobileFixed"`
	// Lacks is never nil.
	Lacks []string `json:"lacks"`
}

type mediaLimitsBody struct {
	Bytes      int64    `json:"bytes"`
	Extensions []string `json:"extensions"`
}

func limitsOf(l provider.Limits) limitsBody {
	media := make(map[provider.MediaKind]mediaLimitsBody, len(l.Media))
	for kind, m := range l.Media {
		media[kind] = mediaLimitsBody(m)
	}
	write := writeLimitsBody(l.Write)
	write.Lacks = append([]string{}, write.Lacks...)
	return limitsBody{
		UsersPerSend: l.UsersPerSend, DepartmentsPerSend: l.DepartmentsPerSend, RobotUsersPerSend: l.RobotUsersPerSend,
		MessageBytes: l.MessageBytes, RobotBytes: l.RobotBytes, WebhookBytes: l.WebhookBytes,
		CallsPerSecond: l.CallsPerSecond, EveryonePerDay: l.EveryonePerDay,
		SendsPerPersonPerDay: l.SendsPerPersonPerDay, SameContentPerDay: l.SameContentPerDay,
		PeoplePerMinute: l.PeoplePerMinute, WebhookPerMinute: l.WebhookPerMinute,
		TrackWindowSeconds: seconds(l.TrackWindow), TrackUsers: l.TrackUsers,
		RecallWindowSeconds: seconds(l.RecallWindow), StatusWindowSeconds: seconds(l.StatusWindow),
		StatusUsers: l.StatusUsers, Mentions: l.Mentions, Media: media,
		Write: write, PeoplePageSize: l.PeoplePageSize,
	}
}

// settingsSchema is a JSON Schema of an object with text properties.
type settingsSchema struct {
	Schema               string                    `json:"$schema"`
	Type                 string                    `json:"type"`
	Title                string                    `json:"title"`
	Properties           map[string]propertySchema `json:"properties"`
	Required             []string                  `json:"required"`
	AdditionalProperties bool                      `json:"additionalProperties"`
}

// propertySchema is one setting. The x- keywords have the titles in both
// languages and the setting's place in a form, from 1.
type propertySchema struct {
	Type         string         `json:"type"`
	Title        string         `json:"title"`
	Description  string         `json:"description,omitempty"`
	MinLength    int            `json:"minLength,omitempty"`
	MaxLength    int            `json:"maxLength"`
	Enum         []string       `json:"enum,omitempty"`
	Default      string         `json:"default,omitempty"`
	WriteOnly    bool           `json:"writeOnly,omitempty"`
	Titles       provider.Text  `json:"x-title"`
	Descriptions *provider.Text `json:"x-description,omitempty"`
	Order        int            `json:"x-order"`
}

func (a *api) providers(ctx context.Context, _ none) (items[providerBody], error) {
	out := items[providerBody]{Items: []providerBody{}}
	c := callFrom(ctx)
	for _, f := range a.services.Registry.Factories() {
		out.Items = append(out.Items, providerBody{
			Kind: f.Kind(), Title: c.text(f.Title()), Titles: f.Title(),
			Abilities: append([]string{}, f.Abilities()...), Limits: limitsOf(f.Limits()),
			Settings: schemaOf(c, f),
		})
	}
	return out, nil
}

func schemaOf(c *call, f provider.Factory) settingsSchema {
	s := settingsSchema{
		Schema: "https://json-schema.org/draft/2020-12/schema", Type: "object", Title: c.text(f.Title()),
		Properties: map[string]propertySchema{}, Required: []string{},
	}
	for i, st := range f.Settings() {
		s.Properties[st.Name] = propertyOf(c, st, i+1)
		if st.Required {
			s.Required = append(s.Required, st.Name)
		}
	}
	return s
}

// defaultMaxLength is what a provider.Setting without MaxLength means.
const defaultMaxLength = 256

func propertyOf(c *call, st provider.Setting, order int) propertySchema {
	p := propertySchema{
		Type: "string", Title: c.text(st.Title), Description: c.text(st.Help),
		MaxLength: st.MaxLength, Enum: st.Enum, Default: st.Default, WriteOnly: st.Secret,
		Titles: st.Title, Order: order,
	}
	if p.MaxLength == 0 {
		p.MaxLength = defaultMaxLength
	}
	if st.Required {
		p.MinLength = 1
	}
	if !st.Help.IsZero() {
		p.Descriptions = &st.Help
	}
	return p
}
