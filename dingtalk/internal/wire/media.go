package wire

// UploadReply is the answer of media/upload.
type UploadReply struct {
	MediaID Text `json:"media_id"`
}
