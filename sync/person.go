package sync

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

// hash is over every field but the id, each with its length before it.
func (p *StagedPerson) hash() string {
	buf := make([]byte, 0, 256)
	for _, field := range [...]string{
		string(p.UnionID), p.Name, p.Mobile, p.Email, p.JobNumber, p.Title, p.AvatarURL,
	} {
		buf = binary.AppendUvarint(buf, uint64(len(field)))
		buf = append(buf, field...)
	}
	sum := sha256.Sum256(buf)
	return base64.RawStdEncoding.EncodeToString(sum[:16])
}

// clean trims a text and removes what a text column cannot hold.
func clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return strings.TrimSpace(strings.ToValidUTF8(s, "�"))
}

// usableID reports whether an id can be kept as it is.
func usableID(id string) bool {
	return id != "" && len(id) <= 256 && clean(id) == id && !strings.ContainsAny(id, "\n\r")
}

// masked hides the middle of a mobile number.
func masked(mobile string) string {
	r := []rune(mobile)
	if len(r) < 8 {
		return strings.Repeat("*", len(r))
	}
	for i := 3; i < len(r)-4; i++ {
		r[i] = '*'
	}
	return string(r)
}
