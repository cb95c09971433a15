package messaging

import (
	"strconv"
	"text/template/parse"
)

// The names of the functions that guard adds. Sources cannot call them: they
// are not known when a source is parsed.
const (
	showFunction    = "_show"
	stepFunction    = "_step"
	entriesFunction = "_entries"
)

// guard changes a checked tree so that what it does is bounded and what it
// shows is escaped, and returns the steps it takes outside of all ranges:
//
//	{{.x}}                    becomes  {{.x | _show}}
//	{{range .x}}…{{end}}      becomes  {{range .x | _entries}}{{_step 12}}…{{end}}
//
// where 12 stands for the nodes in the body.
func guard(list *parse.ListNode) (steps int) {
	if list == nil {
		return 0
	}
	for _, n := range list.Nodes {
		steps++
		switch n := n.(type) {
		case *parse.ActionNode:
			if len(n.Pipe.Decl) == 0 {
				n.Pipe.Cmds = append(n.Pipe.Cmds, call(showFunction))
			}
			steps += stepsOf(n.Pipe)
		case *parse.IfNode:
			steps += stepsOf(n.Pipe) + guard(n.List) + guard(n.ElseList)
		case *parse.WithNode:
			steps += stepsOf(n.Pipe) + guard(n.List) + guard(n.ElseList)
		case *parse.RangeNode:
			n.Pipe.Cmds = append(n.Pipe.Cmds, call(entriesFunction))
			steps += stepsOf(n.Pipe) + guard(n.ElseList)
			guardBody(n.List)
		}
	}
	return steps
}

// guardBody guards the body of a range, which takes its steps in each round.
func guardBody(list *parse.ListNode) {
	steps := guard(list) + 1
	count := &parse.NumberNode{
		NodeType: parse.NodeNumber, IsInt: true, Int64: int64(steps), Text: strconv.Itoa(steps),
	}
	step := &parse.ActionNode{NodeType: parse.NodeAction, Pipe: &parse.PipeNode{
		NodeType: parse.NodePipe, Cmds: []*parse.CommandNode{call(stepFunction, count)},
	}}
	list.Nodes = append([]parse.Node{step}, list.Nodes...)
}

func call(function string, args ...parse.Node) *parse.CommandNode {
	return &parse.CommandNode{
		NodeType: parse.NodeCommand, Args: append([]parse.Node{parse.NewIdentifier(function)}, args...),
	}
}

// stepsOf counts the commands and arguments of a pipeline.
func stepsOf(p *parse.PipeNode) int {
	steps := 0
	for _, cmd := range p.Cmds {
		for _, arg := range cmd.Args {
			steps += stepsOfArgument(arg)
		}
	}
	return steps
}

func stepsOfArgument(n parse.Node) int {
	switch n := n.(type) {
	case *parse.PipeNode:
		return 1 + stepsOf(n)
	case *parse.ChainNode:
		return len(n.Field) + stepsOfArgument(n.Node)
	case *parse.FieldNode:
		return len(n.Ident)
	case *parse.VariableNode:
		return len(n.Ident)
	}
	return 1
}
