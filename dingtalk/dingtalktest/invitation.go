package dingtalktest

import "fmt"

// AskConsent makes whoever has a mobile number agree before they join: a call
// that creates them is answered with 40103, and they join when they accept. It
// returns ErrNotFound for the company.
func (em *Emulator) AskConsent(corpID, mobile string) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	d := co.directory
	defer d.change()()
	if d.invitations == nil {
		d.invitations = make(map[string]*Person)
	}
	d.invitations[mobile] = nil
	return nil
}

// AcceptInvitation lets an invited person join. It returns ErrNotFound when
// nobody with the number was invited, and the errors of AddPerson.
func (em *Emulator) AcceptInvitation(corpID, mobile string) error {
	co, err := em.company(corpID)
	if err != nil {
		return err
	}
	done := co.directory.change()
	p := co.directory.invitations[mobile]
	delete(co.directory.invitations, mobile)
	done()
	if p == nil {
		return fmt.Errorf("%w: invitation of %q", ErrNotFound, mobile)
	}
	return co.addPerson(p, nil)
}

// invite keeps a person who has to agree first, and tells whether it did. The
// caller holds the lock.
func (d *directory) invite(p *Person) bool {
	if _, asks := d.invitations[p.Mobile]; !asks {
		return false
	}
	d.invitations[p.Mobile] = p
	return true
}
