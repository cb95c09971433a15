package messaging

import (
	"text/template/parse"
)

// sourceName is the name of every source, for error texts.
const sourceName = "text"

// parseSource parses a text and refuses what a template must not have. The
// error is a *templateFault, or one of package parse.
func parseSource(source string, declared map[string]bool) (*parse.Tree, error) {
	switch {
	case len(source) > maxTextSource:
		return nil, faultf("模板文本为%d字节，最多%d字节", "%d bytes; a text has at most %d", len(source), maxTextSource)
	case !readable(source):
		return nil, faultf("须为有效的UTF-8文本，且不含空字符", "want valid UTF-8 without NUL characters")
	}
	trees := make(map[string]*parse.Tree)
	tree, err := parse.New(sourceName).Parse(source, "", "", trees, knownFunctions())
	if err != nil {
		return nil, err
	}
	for _, other := range trees {
		if other != tree {
			return nil, errNoTemplates()
		}
	}
	c := checker{declared: declared}
	return tree, c.list(tree.Root, place{root: true})
}

func errNoTemplates() error {
	return faultf("不支持template、define和block", "template, define and block are not allowed")
}

// place is where in a text a node stands.
type place struct {
	// depth counts the blocks and parentheses around it.
	depth int
	// root is true where the dot is sure to be the map of variables.
	root bool
}

// inside returns the place in a block, or in parentheses.
func (p place) inside(root bool) (place, error) {
	if p.depth++; p.depth > maxTemplateDepth {
		return p, faultf("嵌套超过%d层", "nested more than %d deep", maxTemplateDepth)
	}
	p.root = p.root && root
	return p, nil
}

// checker walks a parse tree.
type checker struct{ declared map[string]bool }

func (c checker) list(list *parse.ListNode, at place) error {
	if list == nil {
		return nil
	}
	for _, n := range list.Nodes {
		if err := c.node(n, at); err != nil {
			return err
		}
	}
	return nil
}

func (c checker) node(n parse.Node, at place) error {
	switch n := n.(type) {
	case *parse.TextNode, *parse.CommentNode, *parse.BreakNode, *parse.ContinueNode:
		return nil
	case *parse.ActionNode:
		return c.pipe(n.Pipe, at)
	case *parse.IfNode:
		return c.block(&n.BranchNode, at, true)
	case *parse.WithNode:
		return c.block(&n.BranchNode, at, false)
	case *parse.RangeNode:
		return c.block(&n.BranchNode, at, false)
	}
	return errNoTemplates() // parse.TemplateNode is the only one left
}

// block walks a branch. The dot in it stays as it is when keepsDot.
func (c checker) block(b *parse.BranchNode, at place, keepsDot bool) error {
	if err := c.pipe(b.Pipe, at); err != nil {
		return err
	}
	body, err := at.inside(keepsDot)
	if err != nil {
		return err
	}
	if err := c.list(b.List, body); err != nil {
		return err
	}
	otherwise := body
	otherwise.root = at.root
	if isElseIf(b.ElseList) {
		otherwise = at
	}
	return c.list(b.ElseList, otherwise)
}

// isElseIf reports whether an else part is a single if or with, as {{else if}}
// makes it: a chain of these is not deep.
func isElseIf(list *parse.ListNode) bool {
	if list == nil || len(list.Nodes) != 1 {
		return false
	}
	kind := list.Nodes[0].Type()
	return kind == parse.NodeIf || kind == parse.NodeWith
}

func (c checker) pipe(p *parse.PipeNode, at place) error {
	for i, cmd := range p.Cmds {
		if len(cmd.Args) > 1 || i > 0 {
			if _, isFunction := cmd.Args[0].(*parse.IdentifierNode); !isFunction {
				return faultf("%s不是函数，不能带参数", "%s is not a function, and takes no arguments", shortText(cmd.Args[0].String()))
			}
		}
		for _, arg := range cmd.Args {
			if err := c.argument(arg, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c checker) argument(n parse.Node, at place) error {
	switch n := n.(type) {
	case *parse.FieldNode:
		if at.root {
			return c.variable(n.Ident[0])
		}
	case *parse.VariableNode:
		if n.Ident[0] == "$" && len(n.Ident) > 1 {
			return c.variable(n.Ident[1])
		}
	case *parse.ChainNode:
		return c.argument(n.Node, at)
	case *parse.PipeNode:
		inner, err := at.inside(true)
		if err != nil {
			return err
		}
		return c.pipe(n, inner)
	case *parse.StringNode:
		if !readable(n.Text) {
			return faultf("须为有效的UTF-8文本，且不含空字符", "want valid UTF-8 without NUL characters")
		}
	case *parse.NumberNode:
		if !n.IsInt && !n.IsFloat {
			return faultf("不支持的数字%s", "the number %s is not supported", shortText(n.Text))
		}
	}
	return nil
}

func (c checker) variable(name string) error {
	if c.declared[name] {
		return nil
	}
	return faultf("使用了未声明的变量%q", "variable %q is not declared", shortText(name))
}
