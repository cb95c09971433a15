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
// A key seals only after every process can open what it seals, or those that
// cannot would refuse logins and lose messages that are under way:
//
//  1. [AddKey], and give the keyset to every process.
//  2. [UseKey], and give it to every process again.
//  3. thirdapp.Module.Reseal, which seals what is stored with the new key, until
//     it tells of nothing that is left.
//  4. [Remove] the old key, when the logins begun before have ended: after
//     identity.Config.StateTTL and ProofTTL, ten minutes each by default.
//
// A process gets a keyset when it is started. A host of one process may do the
// first two steps in one, with [Rotate]. A backup of the database needs the
// keyset of its time.
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
