package messaging

import (
	"context"
	"fmt"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// attach returns the content with every reference to an attachment replaced by
// the id of its upload. Everything is checked before the first file is given to
// the office app; a file that is used as two kinds is uploaded for both. It
// asks for no permission.
//
// Refusals: ErrInvalidAttachment, and those of Upload.
func (s *Service) attach(
	ctx context.Context, t tenant.ID, conn tenant.Connection, c provider.Content, files []Attachment,
) (provider.Content, error) {
	if err := s.checkAttachments(files); err != nil { // before every reference is compared with every file
		return c, err
	}
	refs := findReferences(c, files)
	if len(files) == 0 && len(refs.list) == 0 {
		return c, nil
	}
	if err := refs.check(files); err != nil {
		return c, err
	}
	uploader, err := provider.As[provider.MediaUploader](conn.Provider)
	if err != nil {
		return c, err
	}
	wanted, err := refs.files(files, conn.Provider.Limits().Media)
	if err != nil {
		return c, err
	}
	conn.App.Tenant = t
	ids := make(map[use]string, len(wanted))
	for at, f := range wanted {
		m, err := s.upload(ctx, conn, uploader, f)
		if err != nil {
			return c, fmt.Errorf("upload %q: %w", f.name, err)
		}
		ids[at] = m.ID
	}
	return refs.replaced(c, ids), nil
}

// checkAttachments looks at the files as such.
func (s *Service) checkAttachments(files []Attachment) error {
	if n := len(files); n > s.cfg.MaxAttachments {
		return errAttachment("attachments",
			fmt.Sprintf("附件%d个，超过上限%d个", n, s.cfg.MaxAttachments),
			fmt.Sprintf("%d attachments; at most %d", n, s.cfg.MaxAttachments))
	}
	seen := make(map[string]bool, len(files))
	for i, f := range files {
		at := fmt.Sprintf("attachments[%d]", i)
		if !validMediaName(f.Name) {
			text := faultName().text
			return errAttachment(at+".name", text.ZH, text.EN)
		}
		if seen[f.Name] {
			return errAttachment(at+".name",
				fmt.Sprintf("附件名%q重复", f.Name), fmt.Sprintf("two attachments have the name %q", f.Name))
		}
		seen[f.Name] = true
	}
	return nil
}
