package sync

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/thirdapp/thirdapp/provider"
)

// PlaceKey stands for a person's place in a department, and for that somebody
// has none.
type PlaceKey uint64

// keyOf returns the key of a place; department is "" for somebody without any.
func keyOf(person provider.UserID, department provider.DepartmentID) PlaceKey {
	sum := sha256.Sum256(appendPlace(make([]byte, 0, 64), person, department))
	return PlaceKey(binary.BigEndian.Uint64(sum[:]))
}

func appendPlace(b []byte, person provider.UserID, department provider.DepartmentID) []byte {
	b = binary.AppendUvarint(b, uint64(len(person)))
	return append(append(b, person...), department...)
}

// printOf is a fingerprint of all that a listing says of a person, where hash
// stands for their attributes; it is never 0. It is not part of the key's sum,
// so that two people are confused only when 128 bits of two sums agree.
func printOf(place StagedPlace, hash string) uint64 {
	b := append(make([]byte, 0, 128), hash...)
	b = append(b, 0)
	b = binary.AppendVarint(b, place.Order)
	if place.Leader {
		b = append(b, 1)
	}
	sum := sha256.Sum256(appendPlace(b, place.PersonID, place.DepartmentID))
	return max(1, binary.BigEndian.Uint64(sum[:]))
}

// managerPrint stands for a manager, 0 for nobody.
func managerPrint(id provider.UserID) uint64 {
	if id == "" {
		return 0
	}
	return max(1, uint64(keyOf(id, "")))
}

// mirrorIndex is what a full read compares with while it reads: 26 bytes for
// each place that the mirror has, so that a million people fit. A page that
// shows somebody as they were last applied leaves a mark here, and not their
// rows in the store. It is not safe for concurrent use.
type mirrorIndex struct {
	places []indexedPlace // by key
	seen   []bool         // beside places
	// starts are where the keys begin that have the same highest bits, all but
	// shift of them, and where the last of these end: keys are sums, so that no
	// more than a handful share them. A binary search would wait for memory at
	// every step.
	starts []uint32
	shift  int
}

// bucketPlaces is how many places share the highest bits of their keys.
const bucketPlaces = 8

type indexedPlace struct {
	key PlaceKey
	// print is 0 when whatever is read is to be compared in full.
	print uint64
	// manager is compared where a listing tells it.
	manager uint64
}

// add adds the places of a person; sort is called when all are there.
func (x *mirrorIndex) add(p *AppliedPerson) {
	for _, place := range p.places() {
		entry := indexedPlace{key: keyOf(p.ID, place.DepartmentID), manager: managerPrint(p.ManagerID)}
		if p.Settled {
			entry.print = printOf(place, p.Hash)
		}
		x.places = append(x.places, entry)
	}
}

// sort prepares the index for look-ups. Places that share a key can only be
// compared in full.
func (x *mirrorIndex) sort() {
	slices.SortFunc(x.places, func(a, b indexedPlace) int { return cmp.Compare(a.key, b.key) })
	for i := 1; i < len(x.places); i++ {
		if x.places[i-1].key == x.places[i].key {
			x.places[i-1].print, x.places[i].print = 0, 0
		}
	}
	x.seen = make([]bool, len(x.places))
	x.bucket()
}

// bucket fills starts.
func (x *mirrorIndex) bucket() {
	high := bits.Len(uint(len(x.places) / bucketPlaces))
	x.shift, x.starts = 64-high, make([]uint32, 1<<high+1)
	for _, p := range x.places {
		x.starts[p.key>>x.shift+1]++
	}
	for i := 1; i < len(x.starts); i++ {
		x.starts[i] += x.starts[i-1]
	}
}

// find returns the first place with a key.
func (x *mirrorIndex) find(key PlaceKey) (at int, found bool) {
	from, to := x.starts[key>>x.shift], x.starts[key>>x.shift+1]
	for i, p := range x.places[from:to] {
		if p.key == key {
			return int(from) + i, true
		}
	}
	return 0, false
}

// has reports whether the mirror has a person, in a place, just as they were
// read. A nil index has nobody.
func (x *mirrorIndex) has(p *StagedPerson, place StagedPlace) (PlaceKey, bool) {
	if x == nil || len(x.places) == 0 {
		return 0, false
	}
	key := keyOf(place.PersonID, place.DepartmentID)
	at, found := x.find(key)
	return key, found && x.places[at].print == printOf(place, p.Hash) &&
		(!p.ManagerKnown || x.places[at].manager == managerPrint(p.ManagerID))
}

// see marks places as seen and returns those that were not marked yet.
func (x *mirrorIndex) see(keys []PlaceKey) []PlaceKey {
	var fresh []PlaceKey
	for _, key := range keys {
		if at, found := x.find(key); found && !x.seen[at] {
			x.seen[at] = true
			fresh = append(fresh, key)
		}
	}
	return fresh
}

// sawAll reports whether every place was seen.
func (x *mirrorIndex) sawAll() bool { return !slices.Contains(x.seen, false) }

// saw returns those of a person's places that were seen.
func (x *mirrorIndex) saw(p *AppliedPerson) []StagedPlace {
	var places []StagedPlace
	for _, place := range p.places() {
		if at, found := x.find(keyOf(p.ID, place.DepartmentID)); found && x.seen[at] {
			places = append(places, place)
		}
	}
	return places
}

// places are those by which a person is found: somebody without any is looked
// for in no department.
func (p *AppliedPerson) places() []StagedPlace {
	if len(p.Places) == 0 {
		return []StagedPlace{{PersonID: p.ID}}
	}
	return p.Places
}
