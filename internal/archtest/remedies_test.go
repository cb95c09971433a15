package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// remedial are the packages whose refusals people read who can do something
// about them.
var remedial = []string{"tenant", "sync", "identity", "transport"}

// imperatives are the words by which a refusal says what to do, or what would be
// right.
var imperatives = []string{"请", "须", "只能", "可选", "支持：", "支持以下", "至少", "格式应为"}

// fixed are texts that say nothing of the kind: those of the compatible paths,
// which front ends know, and some that only programs read.
var fixed = []string{
	"用户不存在!", "token为空!", "Token非法无效!", "该用户已冻结", "验证码错误", "未找到该第三方账户信息", "无权修改他人信息", "未登录",
	"数据不存在", "AppKey已存在，请勿重复添加", "操作失败,同一个租户下只允许绑定一个钉钉或者企业微信",
	"由于企业微信接口调整，同步到本地功能已失效", "由于企业微信接口调整，企业微信同步本地部门失效",
	"请求未通过校验", "您已取消登录", "服务正在停止", "配置有误", "同步规则有误",
}

// TestRefusalsSayWhatToDo reads the Chinese text of every refusal.
func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	root := "../.."
	seen := 0
	for _, pkg := range remedial {
		for name, text := range refusals(t, os.DirFS(filepath.Join(root, pkg))) {
			seen++
			says := func(word string) bool { return strings.Contains(text, word) }
			if !slices.Contains(fixed, text) && !slices.ContainsFunc(imperatives, says) {
				t.Errorf("%s/%s: %q does not say what to do", pkg, name, text)
			}
		}
	}
	if seen < 70 {
		t.Errorf("only %d refusals were found", seen)
	}
}

// refusals returns the Chinese texts of a package's calls of Refuse, where they
// are written out, by file and line.
func refusals(t *testing.T, dir fs.FS) map[string]string {
	t.Helper()
	files, err := fs.Glob(dir, "*.go")
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := fs.ReadFile(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 4 || called(call) != "Refuse" {
				return true
			}
			if text := chinese(call.Args[2]); text != "" {
				texts[name+":"+strconv.Itoa(set.Position(call.Pos()).Line)] = text
			}
			return true
		})
	}
	return texts
}

// called is the name of the function that is called.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// chinese puts the literals of an expression together; "" for one that takes
// another text in.
func chinese(e ast.Expr) string {
	var text strings.Builder
	elsewhere := false
	ast.Inspect(e, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "ZH" {
			elsewhere = true
		}
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				text.WriteString(s)
			}
		}
		return true
	})
	if elsewhere {
		return ""
	}
	return text.String()
}
