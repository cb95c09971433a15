package dingtalktest

// Seal encrypts as a callback does, with 16 given bytes.
func (c *Callback) Seal(random, message, owner string) (string, error) {
	return c.seal([]byte(random), []byte(message), owner)
}

// Open decrypts what Seal made.
func (c *Callback) Open(sealed string) (message, owner string, err error) { return c.open(sealed) }

// Sign signs what Seal made.
func (c *Callback) Sign(timestamp, nonce, sealed string) string {
	return c.sign(timestamp, nonce, sealed)
}
