// Package tinksecrets encrypts the secrets of app connections with Tink: AEAD
// with AES-256-GCM. It implements tenant.Sealer.
//
// # Keysets
//
// The keys are a Tink keyset in JSON, which the host keeps as it keeps its other
// secrets; it never belongs into the database it protects. [GenerateKeyset]
// makes the first one:
//
//	keyset, err := tinksecrets.GenerateKeyset()
//	if err != nil {
//		return err
//	}
//	sealer, err := tinksecrets.New(keyset)
//
// # Rotation
//
// [Rotate] adds a key that seals from then on; the older keys go on opening
// what they sealed. A secret is sealed with the new key when its app is next
// written. Give the new keyset to every process before any of them writes with
// it: those that still have the old one cannot open what the new key sealed.
// Once nothing is sealed with an old key, [Remove] takes it out of the keyset.
//
// # Errors
//
// No error contains key material or plaintext; the cause of a keyset that
// cannot be read is not told for that reason.
//
// # Concurrency
//
// A [Sealer] is safe for concurrent use.
package tinksecrets
