package wire_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/thirdapp/thirdapp/dingtalk/internal/wire"
)

// ordinaryPages are in the form that the scanner knows.
func ordinaryPages(tb testing.TB) []string {
	tb.Helper()
	recorded, err := os.ReadFile("../../testdata/user_list.json")
	if err != nil {
		tb.Fatal(err)
	}
	return []string{
		string(recorded),
		`{"errcode":0,"result":{"has_more":false,"list":[]}}`,
		` { "errcode" : "0" , "result" : { "has_more" : 1 , "next_cursor" : "10" , "list" : [ { "userid" : 7 } , { } ] } } ` + "\n",
		page(`"name":"张三😀","title":"\u4e2d\"\\\/\ud83d\ude00\n","extension":"{\"爱好\":\"登山\",\"a\":\"\\u4e2d\"}"`),
		page(`"dept_order":9223372036854775807,"leader":"true","active":0,"mobile":"138","email":""`),
		page(`"dept_order":-9223372036854775808,"mobile":null,"email":null,"name":null,"dept_order":null,"leader":null`),
		page(`"mobile":"1","mobile":null,"email":null,"email":"a@b","name":"a","name":"b","title":"a","title":null`),
		page(`"dept_id_list":[1,2],"role_list":[{"id":1,"name":"x"}],"hired_date":1597573616828,"remark":"\ud800","a1_":1e-5`),
		page(`"dept_id_list":[1,2],"role_list":[{"id":1,"name":{}}],"hired_date":0,"remark":"\\\"","x":-0.5,"y":[],"z":[[{}]]`),
		`{"errcode":88,"sub_code":"60011","sub_msg":"{\"errcode\":1}","errmsg":"e","request_id":"r","status":1111}`,
	}
}

// page is one with a person of the given members.
func page(members string) string {
	return `{"errcode":0,"errmsg":"ok","request_id":"r","result":{"has_more":true,"next_cursor":10,"list":[{"userid":"u",` +
		members + `}]}}`
}

// extraordinaryPages are others: some that encoding/json can read, some that
// nobody can.
func extraordinaryPages() []string {
	return []string{
		``, `null`, `7`, `[]`, `{}x`, `{} {}`, `{"errcode":0,}`, `{"errcode":0 "result":null}`, `{"errcode"}`, `{"errcode":}`,
		`{"ErrCode":0,"result":{"HAS_MORE":true}}`, `{"err\u0063ode":0}`, `{"errcode":0,"re\u017fult":{}}`, `{"errcode":0,"reſult":{}}`,
		`{"errcode":0,"result":null}`, `{"errcode":0,"result":[]}`, `{"errcode":0,"result":"x"}`, `{"errcode":null,"result":{"has_more":null}}`,
		`{"errcode":0,"result":{"has_more":true,"list":null}}`, `{"errcode":0,"result":{"list":[null]}}`, `{"errcode":0,"result":{"list":{}}}`,
		`{"errcode":0,"result":{"list":[{"userid":"a","name":"x"}],"list":[{"userid":"b"},{}]}}`,
		`{"errcode":0,"result":{"has_more":true},"result":{"next_cursor":5}}`,
		`{"errcode":0,"result":{"has_more":true},"result":null}`,
		`{"errcode":0,"result":{"has_more":true,"has_more":null,"next_cursor":1.5}}`,
		page(`"role_list":[{"Name":"x"}]`), page(`"dept_order":99999999999999999999`), page(`"dept_order":1e3`), page(`"dept_order":[1]`), page(`"leader":"maybe"`),
		page(`"name":{"a":[1]},"title":[1,"2"],"mobile":true,"avatar":-0.5E+7`), page(`"name":nul`), page(`"name":nulll`), page(`"name":'x'`),
		page(`"name":01`), page(`"name":-`), page(`"name":+1`), page(`"name":1.`), page(`"name":tru e`), page(`"x":01`), page(`"x":.5`),
		page(`"name":"\x"`), page(`"x":"\x"`), page(`"x":"\u12g4"`), page("\"x\":\"\t\""), page("\"name\":\"a\x00\""), page(`"x":"`),
		page("\"name\":\"a\xffb\""), page("\"x\":\"a\xffb\""), page("\"a\xff\":1"), page(`"name":"\ud83d\u0041","title":"\udc00\ud800"`),
		page(`"x":` + strings.Repeat("[", 30) + strings.Repeat("]", 30)), page(`"x":` + strings.Repeat("[", 20_000)),
		page(`"x":{"a":1,}`), page(`"x":[1,]`), page(`"x":[,]`), page(`"x":{a:1}`), page(`"x":{"a" 1}`), page("\"x\":1\x01"),
	}
}

// TestPagesAreScanned reads pages with and without encoding/json.
func TestPagesAreScanned(t *testing.T) {
	t.Parallel()
	for _, body := range ordinaryPages(t) {
		var a wire.OldAnswer
		var got *wire.UserPage
		if !wire.Scan(&a, []byte(body), &got) {
			t.Errorf("not scanned: %s", body)
		}
		sameAsJSON(t, []byte(body))
	}
	for _, body := range extraordinaryPages() {
		sameAsJSON(t, []byte(body))
	}
}

func FuzzUserPage(f *testing.F) {
	for _, body := range append(ordinaryPages(f), extraordinaryPages()...) {
		f.Add([]byte(body))
	}
	f.Fuzz(sameAsJSON)
}

// sameAsJSON has an answer with a page decoded, and by encoding/json alone.
func sameAsJSON(t *testing.T, body []byte) {
	t.Helper()
	var got, want *wire.UserPage
	decoded, plain := wire.OldAnswer{Result: &got}, wire.OldAnswer{Result: &want}
	err, wantErr := decoded.Decode(body), json.Unmarshal(body, &plain)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%s: %v, by encoding/json %v", body, err, wantErr)
	}
	if wantErr == nil && (!reflect.DeepEqual(got, want) || !reflect.DeepEqual(decoded.OldEnvelope, plain.OldEnvelope)) {
		t.Errorf("%s:\n%+v %+v, by encoding/json\n%+v %+v", body, decoded.OldEnvelope, got, plain.OldEnvelope, want)
	}
}
