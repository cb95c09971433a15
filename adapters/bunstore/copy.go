package bunstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// copyNew inserts rows by COPY in its binary format.
func (s *Store) copyNew(ctx context.Context, r *newRows) error {
	source, err := newCopySource(r)
	if err != nil {
		return err
	}
	statement := "COPY " + r.table + " (" + r.columns() + ") FROM STDIN BINARY"
	_, err = s.handle(ctx).ExecContext(ctx, statement, pgx.QueryExecModeSimpleProtocol, source)
	return err
}

// copySource hands the rows to COPY as they are asked for. database/sql knows
// no COPY, nor does it show the connection that a transaction is on; pgx shows
// it to whatever rewrites a statement, which is the moment to copy.
type copySource struct {
	rows *newRows
	// same is what every row begins with: the number of its columns, and those
	// that are the same in all.
	same []byte
	row  int
	// pending is encoded and not handed out yet, in a buffer that is used again.
	pending, buffer []byte
}

var (
	_ pgx.QueryRewriter = (*copySource)(nil)
	_ io.Reader         = (*copySource)(nil)
)

// RewriteQuery implements pgx.QueryRewriter: it copies, and leaves nothing to
// be executed.
func (c *copySource) RewriteQuery(ctx context.Context, conn *pgx.Conn, statement string, _ []any) (string, []any, error) {
	_, err := conn.PgConn().CopyFrom(ctx, c, statement)
	return "", nil, err
}

// The frame of the binary format: PostgreSQL documentation, page COPY.
const (
	copyHeader = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"
	copyEnd    = "\xff\xff"
	copyNull   = "\xff\xff\xff\xff"
)

func newCopySource(r *newRows) (*copySource, error) {
	c := &copySource{rows: r}
	c.pending = append(c.pending, copyHeader...)
	c.same = binary.BigEndian.AppendUint16(c.same, uint16(len(r.same)+len(r.cols)))
	for _, column := range r.same {
		var err error
		if c.same, err = appendCopied(c.same, column.value); err != nil {
			return nil, fmt.Errorf("column %s: %w", column.name, err)
		}
	}
	return c, nil
}

// Read implements io.Reader. It fills p, for each answer is a message of its
// own to the server.
func (c *copySource) Read(p []byte) (n int, err error) {
	for {
		copied := copy(p[n:], c.pending)
		n, c.pending = n+copied, c.pending[copied:]
		switch {
		case n == len(p):
			return n, nil
		case c.row > c.rows.rows:
			return n, io.EOF
		}
		if err := c.encode(); err != nil {
			return n, err
		}
	}
}

// encode makes the next row pending, or the end after the last one.
func (c *copySource) encode() error {
	b := c.buffer[:0]
	if c.row == c.rows.rows {
		b = append(b, copyEnd...)
	} else {
		b = append(b, c.same...)
		for _, column := range c.rows.cols {
			var err error
			if b, err = column.copied(b, c.row); err != nil {
				return fmt.Errorf("column %s, row %d: %w", column.name, c.row, err)
			}
		}
	}
	c.row++
	c.buffer, c.pending = b, b
	return nil
}

// appendCopied appends a field.
func appendCopied(b []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		return appendCopiedText(b, v)
	case bool:
		return appendCopiedBool(b, v), nil
	case time.Time:
		return appendCopiedBigint(b, v.Sub(copyEpoch).Microseconds()), nil
	}
	return nil, fmt.Errorf("cannot copy a %T", value)
}

// copyEpoch is what times are counted from.
//
//nolint:gochecknoglobals // there is no constant of a time
var copyEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func appendCopiedText(b []byte, s string) ([]byte, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return nil, errors.New("text contains NUL")
	}
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...), nil
}

func appendCopiedBigint(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, 8), uint64(n))
}

func appendCopiedInteger(b []byte, n int32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, 4), uint32(n))
}

func appendCopiedBool(b []byte, v bool) []byte {
	b = binary.BigEndian.AppendUint32(b, 1)
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}
