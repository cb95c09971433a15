package transport

import (
	"encoding/json"
	"strconv"

	"github.com/thirdapp/thirdapp/tenant"
)

// compatTenant is the id of a tenant as every answer of the compatible family
// tells it: a number, as the contract has it and front ends compare it, where
// JavaScript can hold the id as one; else a text.
type compatTenant tenant.ID

// MarshalJSON implements json.Marshaler.
func (t compatTenant) MarshalJSON() ([]byte, error) {
	const maxSafeInteger = 1<<53 - 1
	n, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil || n < 0 || n > maxSafeInteger || strconv.FormatInt(n, 10) != string(t) {
		return json.Marshal(string(t))
	}
	return []byte(t), nil
}
