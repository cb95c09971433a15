package dingtalktest

import "math/bits"

// permutation puts the numbers below size into an order that looks random,
// without remembering anything: it gives each person a distinct number, name or
// place among "the first k of everybody". It is a Feistel network that walks on
// until it is back inside the range.
type permutation struct {
	size uint64
	half uint
	keys [4]uint64
}

// newPermutation makes the permutation that seed and purpose name.
func newPermutation(size, seed uint64, purpose string) permutation {
	p := permutation{size: max(size, 1)}
	p.half = uint(bits.Len64(p.size-1)+1) / 2
	p.half = max(p.half, 1)
	state := seed
	for _, c := range []byte(purpose) {
		state = mix(state ^ uint64(c))
	}
	for i := range p.keys {
		state = mix(state)
		p.keys[i] = state
	}
	return p
}

// mix is the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// at returns the number at position i, which must be below size.
func (p permutation) at(i uint64) uint64 {
	for {
		if i = p.forward(i); i < p.size {
			return i
		}
	}
}

// find returns the position of a number.
func (p permutation) find(n uint64) uint64 {
	for {
		if n = p.backward(n); n < p.size {
			return n
		}
	}
}

func (p permutation) forward(x uint64) uint64 {
	mask := uint64(1)<<p.half - 1
	left, right := x>>p.half, x&mask
	for _, key := range p.keys {
		left, right = right, left^mix(right^key)&mask
	}
	return left<<p.half | right
}

func (p permutation) backward(x uint64) uint64 {
	mask := uint64(1)<<p.half - 1
	left, right := x>>p.half, x&mask
	for i := len(p.keys) - 1; i >= 0; i-- {
		left, right = right^mix(left^p.keys[i])&mask, left
	}
	return left<<p.half | right
}
