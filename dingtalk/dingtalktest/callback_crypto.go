package dingtalktest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1" //nolint:gosec // the signature DingTalk makes
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Callback is where an app wants to be told of events, as entered in the
// developer console or registered by API.
type Callback struct {
	// URL is asked with POST.
	URL string `json:"url"`
	// Token signs; AESKey, 43 letters and digits, encrypts.
	Token  string `json:"token"`
	AESKey string `json:"aesKey"`
}

// The forms of token and aes_key (docs, "configure stream push" and "register
// callback events", read 2026-11-22): the console wants 3 to 32 letters or
// digits, the API 6 to 64.
var (
	callbackTokenForm = regexp.MustCompile(`^[A-Za-z0-9]{3,64}$`)
	callbackKeyForm   = regexp.MustCompile(`^[A-Za-z0-9]{43}$`)
)

func (c *Callback) validate() error {
	switch {
	case !strings.HasPrefix(c.URL, "http://") && !strings.HasPrefix(c.URL, "https://"):
		return fmt.Errorf("%w: callback: url %q; http or https", ErrInvalid, c.URL)
	case !callbackTokenForm.MatchString(c.Token):
		return fmt.Errorf("%w: callback: token of %d characters; 3 to 64 letters or digits", ErrInvalid, len(c.Token))
	case !callbackKeyForm.MatchString(c.AESKey):
		return fmt.Errorf("%w: callback: aesKey of %d characters; 43 letters or digits", ErrInvalid, len(c.AESKey))
	}
	return nil
}

// What stands in the encrypted text: random bytes, a length, the message, and
// whom it is for; padded to blocks of 32.
const (
	secretRandom = 16
	secretLength = 4
	secretBlock  = 32
)

var errUnsealed = errors.New("cannot be decrypted")

// block returns the cipher and its first vector. The last character of an
// aes_key may have bits to spare: the decoder must be a lenient one.
func (c *Callback) block() (cipher.Block, []byte, error) {
	key, err := base64.StdEncoding.DecodeString(c.AESKey + "=")
	if err != nil {
		return nil, nil, err
	}
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	return b, key[:b.BlockSize()], nil
}

// seal encrypts a message for an owner: the client id, or the corp id where the
// callback was registered by API. random has 16 bytes.
func (c *Callback) seal(random, message []byte, owner string) (string, error) {
	b, iv, err := c.block()
	if err != nil {
		return "", err
	}
	text := slices.Concat(random, binary.BigEndian.AppendUint32(nil, uint32(len(message))), message, []byte(owner))
	pad := secretBlock - len(text)%secretBlock
	text = append(text, []byte(strings.Repeat(string(rune(pad)), pad))...)
	cipher.NewCBCEncrypter(b, iv).CryptBlocks(text, text)
	return base64.StdEncoding.EncodeToString(text), nil
}

// open decrypts an answer.
func (c *Callback) open(sealed string) (message, owner string, err error) {
	b, iv, err := c.block()
	if err != nil {
		return "", "", err
	}
	text, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(text) == 0 || len(text)%b.BlockSize() != 0 {
		return "", "", errUnsealed
	}
	cipher.NewCBCDecrypter(b, iv).CryptBlocks(text, text)
	pad := int(text[len(text)-1])
	if pad < 1 || pad > secretBlock || pad > len(text)-secretRandom-secretLength {
		return "", "", errUnsealed
	}
	text = text[secretRandom : len(text)-pad]
	length := binary.BigEndian.Uint32(text)
	text = text[secretLength:]
	if uint64(length) > uint64(len(text)) {
		return "", "", errUnsealed
	}
	return string(text[:length]), string(text[length:]), nil
}

// sign signs an encrypted text.
func (c *Callback) sign(timestamp, nonce, sealed string) string {
	parts := []string{c.Token, timestamp, nonce, sealed}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}
