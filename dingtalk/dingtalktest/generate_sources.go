package dingtalktest

import (
	"strconv"
	"strings"
)

// syllable is a Chinese text and its spelling in letters.
type syllable struct {
	signs   string
	letters string
	weight  int
}

// syllables reads a table such as "李li72 王wang70".
func syllables(table string) []syllable {
	words := strings.Fields(table)
	list := make([]syllable, len(words))
	for i, w := range words {
		letters := strings.IndexFunc(w, func(r rune) bool { return r < 0x80 })
		digits := strings.IndexFunc(w, func(r rune) bool { return r >= '0' && r <= '9' })
		list[i] = syllable{signs: w[:letters], letters: w[letters:], weight: 1}
		if digits > 0 {
			list[i].letters = w[letters:digits]
			list[i].weight, _ = strconv.Atoi(w[digits:])
		}
	}
	return list
}

// fullName is a surname and a given name of one or two syllables.
type fullName struct {
	family syllable
	given  [2]syllable
}

func (n fullName) appendSigns(b []byte) []byte {
	b = append(b, n.family.signs...)
	b = append(b, n.given[0].signs...)
	return append(b, n.given[1].signs...)
}

func (n fullName) appendLetters(b []byte) []byte {
	b = append(b, n.family.letters...)
	b = append(b, '.')
	b = append(b, n.given[0].letters...)
	return append(b, n.given[1].letters...)
}

// nameSource has a different name for every number, a million and more, with
// surnames as common as in life. A surname stands in as many slots as it has
// weight, and each of its slots has given names of its own.
type nameSource struct {
	families []syllable
	slots    []slot
	male     []syllable
	female   []syllable
	perSlot  uint64
	order    permutation
	given    permutation
}

type slot struct {
	family int
	nth    uint64
}

func newNameSource(seed uint64) nameSource {
	s := nameSource{
		families: syllables(surnames),
		male:     syllables(maleSyllables), female: syllables(femaleSyllables),
	}
	heaviest := 1
	for i, f := range s.families {
		for nth := range f.weight {
			s.slots = append(s.slots, slot{family: i, nth: uint64(nth)})
		}
		heaviest = max(heaviest, f.weight)
	}
	givenNames := givenCount(s.male) + givenCount(s.female)
	s.perSlot = givenNames / uint64(heaviest)
	s.order = newPermutation(s.perSlot*uint64(len(s.slots)), seed, "full name")
	s.given = newPermutation(givenNames, seed, "given name")
	return s
}

// givenCount is how many names a table makes: single syllables and pairs.
func givenCount(table []syllable) uint64 {
	n := uint64(len(table))
	return n + n*n
}

// at returns name i; the names come again after all have been used.
func (s nameSource) at(i uint64) fullName {
	n := s.order.at(i % s.order.size)
	where := s.slots[n%uint64(len(s.slots))]
	family := s.families[where.family]
	g := s.given.at(n/uint64(len(s.slots))*uint64(family.weight) + where.nth)
	table := s.male
	if count := givenCount(s.male); g >= count {
		table, g = s.female, g-count
	}
	name := fullName{family: family}
	size := uint64(len(table))
	if g < size {
		name.given[0] = table[g]
		return name
	}
	g -= size
	name.given = [2]syllable{table[g/size], table[g%size]}
	return name
}

// mobileSource has a different mobile number for every number.
type mobileSource struct {
	prefixes []string
	order    permutation
}

// perPrefix is how many numbers there are behind a prefix of three digits.
const perPrefix = 100_000_000

func newMobileSource(seed uint64) mobileSource {
	prefixes := strings.Fields(mobilePrefixes)
	return mobileSource{prefixes, newPermutation(uint64(len(prefixes))*perPrefix, seed, "number")}
}

func (s mobileSource) append(b []byte, i uint64) []byte {
	n := s.order.at(i % s.order.size)
	b = append(b, s.prefixes[n/perPrefix]...)
	// The leading 1 keeps the zeros of the rest and is dropped again.
	at := len(b)
	b = strconv.AppendUint(b, perPrefix+n%perPrefix, 10)
	return append(b[:at], b[at+1:]...)
}
