// Command keyset prints a new keyset, for SECRETS_KEYSET. Make one, and keep it:
// what it has sealed can be read with it only.
package main

import (
	"fmt"
	"log"

	"github.com/thirdapp/thirdapp/adapters/tinksecrets"
)

func main() {
	keyset, err := tinksecrets.GenerateKeyset()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(keyset.Reveal())
}
