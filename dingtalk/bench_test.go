package dingtalk_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/thirdapp/thirdapp/dingtalk"
	"github.com/thirdapp/thirdapp/provider"
)

// BenchmarkTokenHit is what every call pays for its token.
func BenchmarkTokenHit(b *testing.B) {
	s := dingtalk.NewTokenSource(func(context.Context) (string, time.Duration, error) { return "tok", time.Hour, nil }, time.Now)
	defer s.Close()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Token(b.Context()); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkPage reads one page of 100 people without network.
func BenchmarkPage(b *testing.B) {
	f := newFake().reply(listPath, pageOf(100))
	p := openWith(b, dingtalk.Options{CallsPerSecond: -1}, settings(),
		provider.Environment{Client: &http.Client{Transport: direct{f}}})
	b.ReportAllocs()
	for b.Loop() {
		f.mu.Lock()
		f.requests = f.requests[:0]
		f.mu.Unlock()
		page, err := p.People(b.Context(), "2", "")
		if err != nil || len(page.People) != 100 {
			b.Fatalf("%d people, %v", len(page.People), err)
		}
	}
}

func pageOf(n int) string {
	people := make([]string, n)
	for i := range people {
		people[i] = fmt.Sprintf(`{"userid":"user%04d","unionid":"z21HjQliSzpw0Y%04d","name":"张三%d","avatar":"https://static.example/%d.jpg",`+
			`"state_code":"86","mobile":"138%08d","hide_mobile":false,"telephone":"010-86123456","job_number":"%d","title":"工程师",`+
			`"email":"u%d@corp.example","work_place":"杭州","remark":"","dept_id_list":[2,3],"dept_order":176294576350761512,`+
			`"extension":"{\"爱好\":\"登山\",\"年龄\":\"24\"}","hired_date":1597573616828,"active":true,"admin":false,"boss":false,`+
			`"leader":false,"exclusive_account":false}`, i, i, i, i, i, i, i)
	}
	return `{"errcode":0,"errmsg":"ok","request_id":"x","result":{"has_more":false,"list":[` + strings.Join(people, ",") + `]}}`
}
