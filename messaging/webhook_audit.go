package messaging

import (
	"encoding/json"

	"github.com/thirdapp/thirdapp/provider"
)

// webhookRecord is how a webhook looks in the audit trail: of the secrets it
// tells that they are there and whether the change replaced them.
type webhookRecord struct {
	Provider    provider.Kind     `json:"provider"`
	Description string            `json:"description"`
	Keywords    []string          `json:"keywords"`
	Enabled     bool              `json:"enabled"`
	Version     int               `json:"version"`
	Secrets     map[string]string `json:"secrets"`
}

// What webhookRecord says of a secret.
const (
	secretChanged   = "changed"
	secretUnchanged = "unchanged"
)

func recordOfWebhook(w Webhook, secrets map[string]string) (json.RawMessage, error) {
	return record(webhookRecord{
		Provider: w.Provider, Description: w.Description, Keywords: append([]string{}, w.Keywords...),
		Enabled: w.Enabled, Version: w.Version, Secrets: secrets,
	})
}

// secrets says the same of each secret that is there.
func (w Webhook) secrets(say string) map[string]string {
	all := make(map[string]string, 2)
	if len(w.URL.Ciphertext) > 0 {
		all[webhookURLField] = say
	}
	if len(w.SignSecret.Ciphertext) > 0 {
		all[webhookSecretField] = say
	}
	return all
}
