package transport

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
)

// byteOrderMark has Excel read a file as UTF-8.
const byteOrderMark = "\ufeff"

// csvFile is an answer that is a file of rows, written as they come.
type csvFile struct {
	// name is the file's, ASCII.
	name  string
	write func(ctx context.Context, w *csvWriter) error
}

// fullCSV is an operation of the full family whose answer is a CSV file.
func fullCSV[Req any](
	a *api, path, op string, dec decoder[Req], f func(context.Context, Req) (csvFile, error),
) route {
	r := newRoute(a, fullFamily, http.MethodGet, path, op, dec, f, a.encodeCSV)
	r.stream = true
	return r.as(mediaCSV)
}

// encodeCSV writes a file (RFC 4180). When that fails in the middle the
// connection is broken off: half a file must not look like a whole one.
func (a *api) encodeCSV(ctx context.Context, w http.ResponseWriter, file csvFile) error {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+file.name+`"`)
	h.Set("Content-Language", callFrom(ctx).lang)
	out := &csvWriter{w: w, rows: csv.NewWriter(w)}
	out.rows.UseCRLF = true
	extendWrite(w, writeTimeout)
	_, err := w.Write([]byte(byteOrderMark))
	if err == nil {
		err = file.write(ctx, out)
	}
	if err == nil {
		err = out.flush()
	}
	if err == nil {
		return nil
	}
	c := callFrom(ctx)
	f := a.failureOf(err, c.requestID)
	c.code, c.reason, c.err = f.code, f.reason, err
	a.cfg.Logger.WarnContext(ctx, "file broken off", "op", c.op, "tenant", c.tenant,
		"request_id", c.requestID, "code", f.code.String(), "error", err)
	panic(http.ErrAbortHandler)
}

// rowsPerFlush is how many rows are written between two looks at the client.
const rowsPerFlush = 200

// csvWriter writes rows whose cells no spreadsheet takes for formulas.
type csvWriter struct {
	w    http.ResponseWriter
	rows *csv.Writer
	n    int
}

func (c *csvWriter) row(cells ...string) error {
	for i := range cells {
		cells[i] = plainCell(cells[i])
	}
	if err := c.rows.Write(cells); err != nil {
		return fmt.Errorf("transport: write row: %w", err)
	}
	if c.n++; c.n%rowsPerFlush == 0 {
		return c.flush()
	}
	return nil
}

func (c *csvWriter) flush() error {
	extendWrite(c.w, writeTimeout)
	c.rows.Flush()
	if err := c.rows.Error(); err != nil {
		return fmt.Errorf("transport: write rows: %w", err)
	}
	return nil
}

// plainCell returns a cell that is shown as it is: what spreadsheets take for
// the beginning of a formula gets an apostrophe before it (OWASP, CSV
// Injection). Spaces before do not hide it, and full-width signs count, too.
func plainCell(s string) string {
	switch first := strings.TrimLeft(s, " \u00a0\u3000\ufeff"); {
	case s == "":
		return s
	case strings.HasPrefix(first, "\t"), strings.HasPrefix(first, "\r"), strings.HasPrefix(first, "\n"):
		return "'" + s
	default:
		if strings.IndexAny(first, "=+-@＝＋－＠") == 0 {
			return "'" + s
		}
		return s
	}
}
