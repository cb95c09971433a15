package messaging

// Concurrent work shares round trips to the database: requests that are
// accepted, and batches that workers read, claim and settle.
const (
	// Requests come in small numbers, and each waits for its answer.
	requestLeaders = 2
	requestGroup   = 32
	// Few large groups are what makes a backlog of batches short.
	batchLeaders = 1
	batchGroup   = 128
	// A tenant's claims can be slow: where many of its people have had the same
	// content, their counters are sorted out. Others do not wait for that.
	claimLeaders = 4
)
