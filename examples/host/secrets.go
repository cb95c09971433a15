package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/thirdapp/thirdapp/provider"
)

// secretFile returns what a file holds, and creates it, readable by its owner
// only, with something new when there is none. Processes that start together
// agree on one.
func secretFile(path string, generate func() (provider.Secret, error)) (provider.Secret, error) {
	secret, err := readSecret(path)
	if err != nil || !secret.IsZero() {
		return secret, err
	}
	secret, err = generate()
	if err != nil {
		return provider.Secret{}, err
	}
	if err := createFile(path, secret.Reveal()+"\n"); err != nil {
		return provider.Secret{}, fmt.Errorf("create %s: %w", path, err)
	}
	return secretFile(path, generate) // whoever was first
}

// readSecret returns what a file holds, nothing when there is no file.
func readSecret(path string) (provider.Secret, error) {
	content, err := os.ReadFile(path) //nolint:gosec // the operator names it
	if errors.Is(err, fs.ErrNotExist) {
		return provider.Secret{}, nil
	}
	if err == nil && len(bytes.TrimSpace(content)) == 0 {
		err = fmt.Errorf("%s is empty: restore it, or remove it to have a new one made", path)
	}
	return provider.NewSecret(string(bytes.TrimSpace(content))), err
}

// createFile creates a file with its whole content, or leaves the one that is
// there.
func createFile(path, content string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }() //nolint:gosec // the file just created
	_, err = f.WriteString(content)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// randomSecret returns 52 random letters and digits, enough for a signing key.
func randomSecret() (provider.Secret, error) {
	return provider.NewSecret(rand.Text() + rand.Text()), nil
}

// randomPassword returns 26 random letters and digits.
func randomPassword() (provider.Secret, error) { return provider.NewSecret(rand.Text()), nil }
