package bunstore_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/adapters/bunstore"
	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

func cursorOf(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestCursorForged(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *bunstore.Store) {
		for text, want := range map[string]provider.Code{
			`["grants","a","viewer","u"]`:             provider.OK, // a position like another
			`["grants","' OR 1=1 --","?","\\"]`:       provider.OK,
			`["grants","a","viewer"]`:                 provider.InvalidArgument,
			`["grants","a","viewer","u","x"]`:         provider.InvalidArgument,
			`["audit","a","viewer","u"]`:              provider.InvalidArgument,
			`["grants","a","viewer",1]`:               provider.InvalidArgument,
			`["grants","a","viewer","u"] `:            provider.OK,
			`["grants","a","viewer","u"]x`:            provider.InvalidArgument,
			`["grants","a\u0000","viewer","u"]`:       provider.InvalidArgument,
			`{"grants":"a"}`:                          provider.InvalidArgument,
			`null`:                                    provider.InvalidArgument,
			`["grants","` + strings.Repeat("a", 5000): provider.InvalidArgument,
		} {
			_, err := s.Grants(t.Context(), "t-1", tenant.Page{Cursor: cursorOf(text)})
			if got := provider.CodeOf(err); got != want {
				t.Errorf("cursor of %.40s: got code %s (%v), want %s", text, got, err, want)
			}
		}
	})
}

func FuzzCursor(f *testing.F) {
	s := openSQLite(f)
	for n := range 3 {
		_, err := s.AddGrant(f.Context(), tenant.Grant{
			Tenant: "t-1", UserID: fmt.Sprint(n), Username: fmt.Sprint(n), Role: tenant.RoleViewer,
		})
		if err != nil {
			f.Fatal(err)
		}
	}
	list, err := s.Grants(f.Context(), "t-1", tenant.Page{Limit: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(list.Next)
	f.Add(cursorOf(`["grants","a","b","c"]`))
	f.Add("x")
	f.Fuzz(func(t *testing.T, cursor string) {
		list, err := s.Grants(t.Context(), "t-1", tenant.Page{Cursor: cursor})
		if code := provider.CodeOf(err); code != provider.OK && code != provider.InvalidArgument {
			t.Errorf("got code %s (%v), want %s or %s", code, err, provider.OK, provider.InvalidArgument)
		}
		if len(list.Items) > 3 || list.Next != "" {
			t.Errorf("got %d grants and next %q, want at most 3", len(list.Items), list.Next)
		}
	})
}
