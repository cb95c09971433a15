package dingtalk

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the signature DingTalk makes
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// The form of what event callbacks encrypt (docs, "callback event message body
// encryption and decryption", read 2026-11-22): random bytes, the length of the
// message, the message, the key of the app it is for.
const (
	callbackRandom  = 16
	callbackLength  = 4
	callbackPadding = 32 // PKCS#7 of blocks twice as long as those of AES
)

var errUndecipherable = errors.New("cannot be decrypted")

// callbackKey signs and encrypts event callbacks, one token and aes_key.
type callbackKey struct {
	token provider.Secret
	block cipher.Block
	iv    []byte
}

// newCallbackKey takes an aes_key of 43 letters and digits. Their last one may
// have bits that belong to no byte, so that strict decoders refuse most keys.
func newCallbackKey(token, aesKey provider.Secret) (callbackKey, error) {
	key, err := base64.StdEncoding.DecodeString(aesKey.Reveal() + "=")
	if err != nil {
		return callbackKey{}, errors.New("aes_key is not Base64") // the error of base64 shows where
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return callbackKey{}, err
	}
	return callbackKey{token: token, block: block, iv: key[:aes.BlockSize]}, nil
}

// sign returns the signature of an encrypted text.
func (k callbackKey) sign(timestamp, nonce, encrypted string) string {
	parts := []string{k.token.Reveal(), timestamp, nonce, encrypted}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// signed reports whether a signature is right, in a time that does not tell how
// nearly.
func (k callbackKey) signed(signature, timestamp, nonce, encrypted string) bool {
	want := k.sign(timestamp, nonce, encrypted)
	return subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(signature))) == 1
}

// decrypt returns the message and the key of the app it is for.
func (k callbackKey) decrypt(encrypted string) (message, owner []byte, err error) {
	text, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(text) == 0 || len(text)%aes.BlockSize != 0 {
		return nil, nil, errUndecipherable
	}
	cipher.NewCBCDecrypter(k.block, k.iv).CryptBlocks(text, text)
	text, ok := unpad(text)
	if !ok || len(text) < callbackRandom+callbackLength {
		return nil, nil, errUndecipherable
	}
	text = text[callbackRandom:]
	length := binary.BigEndian.Uint32(text)
	text = text[callbackLength:]
	if uint64(length) > uint64(len(text)) {
		return nil, nil, errUndecipherable
	}
	return text[:length], text[length:], nil
}

// unpad takes PKCS#7 padding of 1 to 32 bytes off.
func unpad(text []byte) ([]byte, bool) {
	pad := int(text[len(text)-1])
	if pad < 1 || pad > callbackPadding || pad > len(text) {
		return nil, false
	}
	for _, b := range text[len(text)-pad:] {
		if int(b) != pad {
			return nil, false
		}
	}
	return text[:len(text)-pad], true
}

// encrypt is decrypt backwards.
func (k callbackKey) encrypt(random [callbackRandom]byte, message, owner string) string {
	text := make([]byte, 0, len(message)+2*callbackPadding+len(owner))
	text = append(text, random[:]...)
	text = binary.BigEndian.AppendUint32(text, uint32(len(message)))
	text = append(append(text, message...), owner...)
	pad := callbackPadding - len(text)%callbackPadding
	for range pad {
		text = append(text, byte(pad))
	}
	cipher.NewCBCEncrypter(k.block, k.iv).CryptBlocks(text, text)
	return base64.StdEncoding.EncodeToString(text)
}

// randomBytes: crypto/rand never fails.
func randomBytes() (b [callbackRandom]byte) {
	_, _ = rand.Read(b[:])
	return b
}
