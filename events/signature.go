package events

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/thirdapp/thirdapp/provider"
)

// The headers of a delivery, and the form of a signature in the last one:
// Standard Webhooks 1.0.0, "Webhook headers" and "Signature scheme".
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
	signatureScheme = "v1,"
)

// tolerance is how far a delivery's time may be from the receiver's clock.
const tolerance = 5 * time.Minute

// ErrSignature is what [Verify] refuses with; find it with errors.Is.
var ErrSignature = errors.New("events: the webhook's signature is not valid")

// Verify reports whether a delivery with the given headers and body comes from
// the holder of a signing secret ("whsec_…"), and was sent within the last five
// minutes. The body is the request's, byte by byte: do not decode and encode it
// again. A receiver tells a repeat by the header webhook-id.
//
// The error is an [ErrSignature] that says what does not fit, or that the secret
// is malformed.
func Verify(header http.Header, body []byte, secret string) error {
	return verifyAt(time.Now(), header, body, secret)
}

func verifyAt(now time.Time, header http.Header, body []byte, secret string) error {
	key, err := keyOf(secret)
	if err != nil {
		return err
	}
	id, sent, given := header.Get(headerID), header.Get(headerTimestamp), header.Get(headerSignature)
	if id == "" || sent == "" || given == "" {
		return fmt.Errorf("%w: one of the headers webhook-id, webhook-timestamp and webhook-signature is missing", ErrSignature)
	}
	seconds, err := strconv.ParseInt(sent, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: webhook-timestamp is not a number", ErrSignature)
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return fmt.Errorf("%w: webhook-timestamp is more than %s from now", ErrSignature, tolerance)
	}
	want := []byte(signature(key, id, sent, body))
	for one := range strings.SplitSeq(given, " ") {
		if hmac.Equal([]byte(one), want) {
			return nil
		}
	}
	return fmt.Errorf("%w: no signature fits", ErrSignature)
}

// sign sets the headers of a delivery made now.
func sign(header http.Header, id string, now time.Time, body []byte, secrets []provider.Secret) error {
	sent := strconv.FormatInt(now.Unix(), 10)
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		key, err := keyOf(secret.Reveal())
		if err != nil {
			return err
		}
		signatures[i] = signature(key, id, sent, body)
	}
	header.Set(headerID, id)
	header.Set(headerTimestamp, sent)
	header.Set(headerSignature, strings.Join(signatures, " "))
	return nil
}

// signature is HMAC-SHA256 of "id.timestamp.body" in its header form.
func signature(key []byte, id, sent string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + sent + "."))
	mac.Write(body)
	return signatureScheme + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// keyOf returns the key in a signing secret.
func keyOf(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(key) == 0 { // the decoder's error would show part of it
		return nil, errors.New("events: the signing secret is not of the form whsec_<base64>")
	}
	return key, nil
}
