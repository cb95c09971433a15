package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"

	"github.com/thirdapp/thirdapp/messaging"
)

const (
	// maxMessageBody bounds the JSON of POST /messages, maxMessageForm that
	// together with its files.
	maxMessageBody = 1 << 20
	maxMessageForm = maxMessageBody + maxMediaBody
	// maxFormFiles is how many files of a form are read. More than a message can
	// have, whose refusal tells how many there may be, and less than the hundreds
	// of thousands of empty ones that fit into a form.
	maxFormFiles = 100
)

// decodeMessageForm reads a message that comes with files; nothing is written
// to disk.
func decodeMessageForm(r *http.Request) (newMessage, []messaging.Attachment, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return newMessage{}, nil, invalid("body", "请求体不是有效的multipart/form-data", "the request body is not valid multipart/form-data")
	}
	var text []byte
	var files []messaging.Attachment
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = readMessagePart(part, &text, &files)
		}
		if err != nil {
			return newMessage{}, nil, formError(err)
		}
	}
	if text == nil {
		return newMessage{}, nil, invalid("message", "缺少字段message：请填写消息的JSON", "the field message is missing: it has the message as JSON")
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	body, err := decodeBody[newMessage](r)
	return body, files, err
}

func readMessagePart(part *multipart.Part, text *[]byte, files *[]messaging.Attachment) error {
	data, err := io.ReadAll(part)
	if err != nil {
		return err
	}
	switch name := part.FileName(); {
	case part.FormName() == "message" && *text != nil:
		return invalid("message", "字段message只能有一个", "there must be one field message")
	case part.FormName() == "message" && len(data) > maxMessageBody:
		return errBodyTooLarge(maxMessageBody)
	case part.FormName() == "message":
		*text = data
	case name == "":
		return invalid(part.FormName(), "未知字段："+part.FormName()+"；附件须带文件名", "unknown field; an attachment has a file name")
	case len(*files) == maxFormFiles:
		return invalid("attachments", fmt.Sprintf("附件超过%d个，请减少附件", maxFormFiles), fmt.Sprintf("more than %d attachments; attach fewer", maxFormFiles))
	default:
		*files = append(*files, messaging.Attachment{Name: name, Data: data})
	}
	return nil
}
