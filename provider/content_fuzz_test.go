package provider_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/thirdapp/thirdapp/provider"
)

// FuzzContent: whatever JSON a content is read from, Validate, Map and Clone
// answer, and what is valid can be written and read again.
func FuzzContent(f *testing.F) {
	for _, t := range provider.ContentTypes() {
		b, err := json.Marshal(full(t))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add([]byte(`{"type":"` + string(t) + `"}`))
		f.Add([]byte(`{"type":"` + string(t) + `","` + string(t) + `":{}}`))
	}
	for _, s := range []string{
		`{}`, `null`, `{"type":"notice","notice":{"text":"x","head":null,"form":[{}],"rich":{},"status":{}}}`,
		`{"type":"card","card":{"buttons":[null,{}]}}`, `{"type":"voice","voice":{"duration":-9223372036854775808}}`,
		`{"type":"text","text":{"content":"\u0000"}}`, `{"type":"text","card":{"buttons":[]}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var c provider.Content
		if json.Unmarshal(data, &c) != nil {
			return
		}
		err := c.Validate()
		same := func(_, text string) string { return text }
		if clone, mapped := c.Clone(), c.Map(same); !reflect.DeepEqual(clone, c) || !reflect.DeepEqual(mapped, c) {
			t.Errorf("Clone = %+v, Map = %+v, want %+v", clone, mapped, c)
		}
		if err != nil {
			if provider.CodeOf(err) != provider.InvalidArgument {
				t.Errorf("Validate: got code %s, want %s", provider.CodeOf(err), provider.InvalidArgument)
			}
			return
		}
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatalf("a valid content cannot be written: %v", err)
		}
		var again provider.Content
		if err := json.Unmarshal(b, &again); err != nil || again.Validate() != nil || !reflect.DeepEqual(texts(again), texts(c)) {
			t.Errorf("written and read again: got %+v, %v, want %+v", again, err, c)
		}
	})
}
