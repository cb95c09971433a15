package transport

import (
	"net/http"

	"github.com/thirdapp/thirdapp/provider"
)

// statusClientClosed is what the log shows for a request whose client went
// away before the answer; nobody receives it. The number is nginx's.
const statusClientClosed = 499

// codeRow says how a code is told over HTTP.
type codeRow struct {
	// own is the status of a refusal of this module, upstream that of an
	// office app's. A tenant's wrong AppSecret must not look like a wrong
	// access token (401), nor like an outage of the platform (5xx): what an
	// administrator of the tenant has to put right is 422.
	own, upstream int
	// text stands for an error that brings no message of its own.
	text provider.Text
}

// codeRows has a row for every provider.Code.
var codeRows = [...]codeRow{ //nolint:gochecknoglobals // constant table
	provider.OK: {
		http.StatusOK, http.StatusOK, provider.Text{ZH: "成功", EN: "ok"},
	},
	provider.Unknown: {
		http.StatusInternalServerError, http.StatusBadGateway,
		provider.Text{ZH: "操作失败，请联系管理员", EN: "the operation failed; contact the administrator"},
	},
	provider.InvalidArgument: {
		http.StatusBadRequest, http.StatusUnprocessableEntity,
		provider.Text{ZH: "请求参数有误", EN: "the request is not valid"},
	},
	provider.NotFound: {
		http.StatusNotFound, http.StatusUnprocessableEntity,
		provider.Text{ZH: "数据不存在", EN: "not found"},
	},
	provider.AlreadyExists: {
		http.StatusConflict, http.StatusUnprocessableEntity,
		provider.Text{ZH: "数据已存在", EN: "it exists already"},
	},
	provider.PermissionDenied: {
		http.StatusForbidden, http.StatusUnprocessableEntity,
		provider.Text{ZH: "没有权限", EN: "permission denied"},
	},
	provider.Unauthenticated: {
		http.StatusUnauthorized, http.StatusUnprocessableEntity,
		provider.Text{ZH: "身份凭据无效", EN: "the credentials are not valid"},
	},
	provider.ResourceExhausted: {
		http.StatusTooManyRequests, http.StatusTooManyRequests,
		provider.Text{ZH: "请求过于频繁或配额已用完，请稍后重试", EN: "too many requests, or the quota is used up; try again later"},
	},
	provider.FailedPrecondition: {
		http.StatusConflict, http.StatusUnprocessableEntity,
		provider.Text{ZH: "当前状态不允许此操作", EN: "the operation is not possible in the present state"},
	},
	provider.Unavailable: {
		http.StatusServiceUnavailable, http.StatusBadGateway,
		provider.Text{ZH: "服务暂时不可用，请稍后重试", EN: "the service is not available at the moment; try again later"},
	},
	provider.Unsupported: {
		http.StatusUnprocessableEntity, http.StatusUnprocessableEntity,
		provider.Text{ZH: "不支持此操作", EN: "the operation is not supported"},
	},
	provider.Canceled: {
		statusClientClosed, statusClientClosed,
		provider.Text{ZH: "请求已取消", EN: "the request was cancelled"},
	},
	provider.DeadlineExceeded: {
		http.StatusGatewayTimeout, http.StatusGatewayTimeout,
		provider.Text{ZH: "等待超时，结果未知", EN: "no answer in time; the outcome is not known"},
	},
	provider.Internal: {
		http.StatusInternalServerError, http.StatusBadGateway,
		provider.Text{ZH: "操作失败，请联系管理员", EN: "the operation failed; contact the administrator"},
	},
}

// rowOf returns the row of a code; one that is not of the list is Unknown.
func rowOf(c provider.Code) codeRow {
	if c < 0 || int(c) >= len(codeRows) {
		c = provider.Unknown
	}
	return codeRows[c]
}
