package wire

// RobotMessage is a message of a robot. MsgParam is JSON as text.
type RobotMessage struct {
	MsgKey   string `json:"msgKey"`
	MsgParam string `json:"msgParam"`
}

// RobotSendRequest sends to people, each in their own chat with the robot
// (POST /v1.0/robot/oToMessages/batchSend).
type RobotSendRequest struct {
	RobotCode string   `json:"robotCode"`
	UserIDs   []string `json:"userIds"`
	RobotMessage
}

// RobotGroupSendRequest sends to a group
// (POST /v1.0/robot/groupMessages/send).
type RobotGroupSendRequest struct {
	RobotCode      string `json:"robotCode"`
	ConversationID string `json:"openConversationId"`
	RobotMessage
}

// RobotSendReply is the answer to both. The lists are people it was not sent
// to; a group has none.
type RobotSendReply struct {
	ProcessQueryKey Text   `json:"processQueryKey"`
	Invalid         []Text `json:"invalidStaffIdList"`
	FlowControlled  []Text `json:"flowControlledStaffIdList"`
	Filtered        []Text `json:"filteredStaffIdList"`
}

// RobotReadReply is the answer of GET /v1.0/robot/oToMessages/readStatus.
type RobotReadReply struct {
	// SendStatus is SUCCESS, RECALLED or PROCESSING.
	SendStatus Text          `json:"sendStatus"`
	People     []RobotReader `json:"messageReadInfoList"`
}

// RobotReader is a receiver of a robot's message.
type RobotReader struct {
	UserID Text `json:"userId"`
	// ReadStatus is READ or UNREAD.
	ReadStatus Text `json:"readStatus"`
}

// RobotGroupReadRequest asks for a page of those who read a group's message
// (POST /v1.0/robot/groupMessages/query).
type RobotGroupReadRequest struct {
	RobotCode       string `json:"robotCode"`
	ConversationID  string `json:"openConversationId"`
	ProcessQueryKey string `json:"processQueryKey"`
	MaxResults      int    `json:"maxResults"`
	NextToken       string `json:"nextToken,omitempty"`
}

// RobotGroupReadReply is a page of readers.
type RobotGroupReadReply struct {
	SendStatus Text   `json:"sendStatus"`
	Readers    []Text `json:"readUserIds"`
	NextToken  Text   `json:"nextToken"`
	HasMore    Bool   `json:"hasMore"`
}

// RobotRecallRequest takes messages back (POST
// /v1.0/robot/otoMessages/batchRecall, and with the conversation
// /v1.0/robot/groupMessages/recall).
type RobotRecallRequest struct {
	RobotCode        string   `json:"robotCode"`
	ConversationID   string   `json:"openConversationId,omitempty"`
	ProcessQueryKeys []string `json:"processQueryKeys"`
}

// RobotRecallReply tells which messages were taken back, and of the others why
// not.
type RobotRecallReply struct {
	Success []Text          `json:"successResult"`
	Failed  map[string]Text `json:"failedResult"`
}
