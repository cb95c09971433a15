package wire

// Scan is what Decode tries first with a page of people.
func Scan(a *OldAnswer, body []byte, page **UserPage) bool { return a.scan(&scanner{body: body}, page) }
