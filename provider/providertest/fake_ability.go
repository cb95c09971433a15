package providertest

import "github.com/thirdapp/thirdapp/provider"

var (
	_ provider.Verifier          = (*connection)(nil)
	_ provider.DirectoryReader   = (*connection)(nil)
	_ provider.CallbackRegistrar = (*connection)(nil)
	_ provider.EventStreamer     = (*connection)(nil)
	_ provider.EventDecoder      = (*connection)(nil)
	_ provider.CallbackChecker   = (*connection)(nil)
	_ provider.DirectoryWriter   = (*connection)(nil)
	_ provider.DepartmentFinder  = (*connection)(nil)
	_ provider.PersonFinder      = (*connection)(nil)
	_ provider.MessageSender     = (*connection)(nil)
	_ provider.MessageTracker    = (*connection)(nil)
	_ provider.MessageRecaller   = (*connection)(nil)
	_ provider.StatusUpdater     = (*connection)(nil)
	_ provider.RobotSender       = (*connection)(nil)
	_ provider.RobotTracker      = (*connection)(nil)
	_ provider.RobotRecaller     = (*connection)(nil)
	_ provider.MediaUploader     = (*connection)(nil)
	_ provider.LoginFlow         = (*connection)(nil)
	_ provider.PageSigner        = (*connection)(nil)
	_ provider.CodeScripter      = (*connection)(nil)
)

// link is a Provider that adds an ability to the one inside, which provider.As
// looks into.
type link struct{ provider.Provider }

func (l link) Unwrap() provider.Provider { return l.Provider }

// only returns the connection with these abilities and no others.
func (c *connection) only(abilities []string) provider.Provider {
	var p provider.Provider = struct{ provider.Provider }{c}
	for _, name := range abilities {
		p = c.add(name, link{p})
	}
	return p
}

// add returns a Provider with one ability more.
func (c *connection) add(ability string, to link) provider.Provider {
	with := map[string]provider.Provider{
		"DepartmentFinder": struct {
			link
			provider.DepartmentFinder
		}{to, c},
		"CallbackChecker": struct {
			link
			provider.CallbackChecker
		}{to, c},
		"CallbackRegistrar": struct {
			link
			provider.CallbackRegistrar
		}{to, c},
		"DirectoryReader": struct {
			link
			provider.DirectoryReader
		}{to, c},
		"DirectoryWriter": struct {
			link
			provider.DirectoryWriter
		}{to, c},
		"CodeScripter": struct {
			link
			provider.CodeScripter
		}{to, c},
		"EventDecoder": struct {
			link
			provider.EventDecoder
		}{to, c},
		"EventStreamer": struct {
			link
			provider.EventStreamer
		}{to, c},
		"LoginFlow": struct {
			link
			provider.LoginFlow
		}{to, c},
		"MediaUploader": struct {
			link
			provider.MediaUploader
		}{to, c},
		"MessageRecaller": struct {
			link
			provider.MessageRecaller
		}{to, c},
		"MessageSender": struct {
			link
			provider.MessageSender
		}{to, c},
		"MessageTracker": struct {
			link
			provider.MessageTracker
		}{to, c},
		"PageSigner": struct {
			link
			provider.PageSigner
		}{to, c},
		"PersonFinder": struct {
			link
			provider.PersonFinder
		}{to, c},
		"RobotRecaller": struct {
			link
			provider.RobotRecaller
		}{to, c},
		"RobotSender": struct {
			link
			provider.RobotSender
		}{to, c},
		"RobotTracker": struct {
			link
			provider.RobotTracker
		}{to, c},
		"StatusUpdater": struct {
			link
			provider.StatusUpdater
		}{to, c},
		"Verifier": struct {
			link
			provider.Verifier
		}{to, c},
	}
	return with[ability]
}
