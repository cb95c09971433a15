package bunstore

import (
	"encoding/json"

	"github.com/thirdapp/thirdapp/provider"
)

// degradations are what of a message shows differently. Earlier versions stored
// them in English only, as strings.
type degradations []provider.Text

// UnmarshalJSON implements json.Unmarshaler.
func (d *degradations) UnmarshalJSON(b []byte) error {
	var texts []provider.Text
	if err := json.Unmarshal(b, &texts); err == nil {
		*d = texts
		return nil
	}
	var english []string
	if err := json.Unmarshal(b, &english); err != nil {
		return err
	}
	*d = make(degradations, len(english))
	for i, text := range english {
		(*d)[i].EN = text
	}
	return nil
}
