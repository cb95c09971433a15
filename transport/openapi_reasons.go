package transport

import (
	"maps"
	"slices"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
)

// reasonText describes the field reason of an error: all reasons, with what they
// mean and what to do about each.
func reasonText() provider.Text {
	text := provider.Text{
		ZH: "原因的固定名称，供程序判断。办公应用的错误为provider_加上code；没有更具体的原因时与code相同；其余如下，宿主自己的实现可能有别的：\n",
		EN: "stable name of what is wrong, for programs. What an office app refused has provider_ and the code, what has no better one the code itself. " +
			"The others are these, and possibly some of the host's own:\n",
	}
	var zh, en strings.Builder
	for _, name := range slices.Sorted(maps.Keys(reasons)) {
		zh.WriteString("\n- `" + name + "`：" + reasons[name].ZH)
		en.WriteString("\n- `" + name + "`: " + reasons[name].EN)
	}
	text.ZH += zh.String()
	text.EN += en.String()
	return text
}

// reasons are those that the services and this package refuse with, or leave in
// what failed in the background.
var reasons = map[string]provider.Text{ //nolint:gochecknoglobals // constant table
	// Who asks, and the request as such.
	"token_missing":      {ZH: "没有访问令牌；请登录后携带令牌", EN: "there is no access token; sign in and send one"},
	"token_invalid":      {ZH: "访问令牌无效；请重新登录", EN: "the access token is not valid; sign in again"},
	"token_expired":      {ZH: "访问令牌已过期；请重新登录", EN: "the access token has expired; sign in again"},
	"user_unknown":       {ZH: "令牌所属的用户不存在；请重新登录", EN: "the user of the access token does not exist; sign in again"},
	"user_locked":        {ZH: "账号已被锁定；请联系管理员", EN: "the account is locked; ask an administrator"},
	"no_actor":           {ZH: "未登录；请先登录", EN: "nobody is signed in; sign in"},
	"forbidden":          {ZH: "没有此操作的权限；请管理员授予角色", EN: "the permission is not granted; an administrator of the tenant grants the role"},
	"not_a_member":       {ZH: "不是该租户的成员；请租户管理员添加", EN: "not a member of the tenant; an administrator of it adds members"},
	"invalid_tenant":     {ZH: "租户ID格式有误：须为1到64位字母、数字、下划线或连字符", EN: "malformed tenant id: 1 to 64 letters, digits, '_' or '-'"},
	"tenant_mismatch":    {ZH: "参数中的租户与请求头X-Tenant-Id不同；请只用其一", EN: "the parameter and the header X-Tenant-Id name different tenants; send one of them"},
	"no_route":           {ZH: "路径不存在；请检查拼写", EN: "there is no such path; check its spelling"},
	"method_not_allowed": {ZH: "路径不支持该请求方法；支持的见应答头Allow", EN: "the path does not take the method; the header Allow has those it takes"},
	"body_too_large":     {ZH: "请求体过大；请减少内容", EN: "the request body is too large; send less"},
	"invalid_request":    {ZH: "field所指的字段或参数有误；请按message修改", EN: "the field or parameter that field names is wrong; message says how"},
	"invalid_cursor":     {ZH: "分页游标无效；请从第一页重新查询", EN: "the cursor is not valid; start again from the first page"},
	"invalid_text":       {ZH: "文本含空字符（U+0000）；请去掉", EN: "a text has a NUL character in it; leave it out"},
	"not_found":          {ZH: "租户中没有该记录；请在列表中核对", EN: "the tenant has no such record; see the list"},
	"changed_meanwhile":  {ZH: "数据同时被他人修改；请重试", EN: "somebody else changed the record at the same time; try again"},
	"unsupported":        {ZH: "应用或渠道不支持此功能；请按message改用其他方式", EN: "the office app or channel cannot do it; message says what can"},

	// The module itself.
	"database_unavailable": {ZH: "数据库暂时不可用；请稍后重试", EN: "the database is not available for now; try again later"},
	"grants_not_loaded":    {ZH: "权限数据尚未加载；请稍后重试", EN: "the grants have not been read yet; try again later"},
	"closed":               {ZH: "服务正在停止；请稍后重试", EN: "the service is shutting down; try again later"},
	"secret_unreadable":    {ZH: "已保存的密钥无法解密；请重新填写，订阅请更换签名密钥", EN: "a stored secret cannot be decrypted; enter it again, or rotate that of a subscription"},

	// Apps and grants.
	"unknown_provider": {ZH: "宿主没有该类应用；见GET /providers", EN: "the host does not offer such an office app; see GET /providers"},
	"not_configured":   {ZH: "租户没有已启用的该类应用；请先接入或启用", EN: "the tenant has no enabled app of this kind; connect or enable one"},
	"app_exists":       {ZH: "租户已有启用的同类应用；请修改它，或先停用", EN: "the tenant has an enabled app of this kind; change that one, or disable it first"},
	"app_key_exists":   {ZH: "该应用已被接入；一个应用只能接入一次", EN: "the app is connected already; an app can be connected once only"},
	"app_disabled":     {ZH: "应用已停用；请先启用", EN: "the app is disabled; enable it first"},
	"app_changed":      {ZH: "修改应用时：已被他人修改，请重新读取。对消息：应用已换成另一企业或另一应用，误改的请改回，否则另行发送", EN: "of a change of an app: somebody else has changed it, read it again. Of a message: the app has become that of another company, or another app; set it back if that was a mistake, else send another message"},
	"invalid_settings": {ZH: "应用的设置有误；details为各设置项的问题：[{field,title,problem}]", EN: "settings of the app are wrong; details has them: [{field,title,problem}]"},
	"unknown_role":     {ZH: "没有该角色；可选的见message", EN: "there is no such role; message has those there are"},
	"misplaced_role":   {ZH: "该角色不能在此授予：platform_admin只在平台中，其他只在租户中", EN: "the role cannot be granted here: platform_admin in the platform only, others in a tenant only"},
	"user_not_found":   {ZH: "没有该用户，或不是租户的有效成员；请核对用户名", EN: "there is no such user, or no active member of the tenant; check the name"},
	"grant_not_found":  {ZH: "没有该授权；见GET /grants", EN: "there is no such grant; see GET /grants"},
	"last_manager":     {ZH: "租户将没有可管理授权的人；请先授权他人", EN: "nobody would be left to manage the tenant's grants; grant the role to somebody else first"},
	"more_rights":      {ZH: "该用户的权限高于操作人；请由权限不低于该用户的人操作", EN: "the user has rights that the actor does not have; somebody who has them must do it"},

	// Events of office apps.
	"callback_address":   {ZH: "要注册的回调地址有误：须为https的完整地址", EN: "the callback address to register is malformed: want a complete https address"},
	"callback_refused":   {ZH: "回调请求未通过校验；请核对应用的callbackToken和callbackAesKey", EN: "a callback could not be verified; check callbackToken and callbackAesKey of the app"},
	"no_callback":        {ZH: "该地址不接收事件；请检查应用的eventMode和回调地址", EN: "no events are taken in at this address; check the app's eventMode and callback address"},
	"too_many_callbacks": {ZH: "回调过于频繁；请稍后重试", EN: "too many callbacks; come again later"},
	"stream_not_held":    {ZH: "没有进程保持长连接；一直如此时请检查服务进程和MaxStreams", EN: "no process holds the connection; if it stays so, check the processes and MaxStreams"},

	// Messages.
	"no_recipients":          {ZH: "没有接收人；请填写recipients", EN: "nobody is named; fill recipients"},
	"ambiguous_recipients":   {ZH: "同时指定了接收人和all；请二选一", EN: "people are named and all is true; use one or the other"},
	"too_many_recipients":    {ZH: "接收人过多；请改用部门、角色或all，或分多次发送", EN: "too many recipients; name departments, roles or all, or use several requests"},
	"invalid_recipient":      {ZH: "接收人为空、过长或含控制字符", EN: "a recipient is empty, too long, or has control characters"},
	"department_not_found":   {ZH: "部门不存在；请核对部门ID，同步规则中的请修改scope.include或应用的可见范围", EN: "there is no such department; check its id, or, of a rule, scope.include and what the app may see"},
	"no_roles":               {ZH: "平台没有角色；请改用部门或用户", EN: "the platform has no roles; name departments or people"},
	"invalid_content":        {ZH: "消息内容有误；请按field和message修改", EN: "the content is wrong; field and message say where and how"},
	"content_too_long":       {ZH: "消息内容超过渠道的长度；请缩短，或使用onTooLong", EN: "the content is longer than the channel takes; shorten it, or use onTooLong"},
	"would_degrade":          {ZH: "办公应用不能原样显示内容，且onUnsupported为refuse；details为不同之处：{degraded}", EN: "the office app cannot show the content as it is, and onUnsupported is refuse; details has the differences: {degraded}"},
	"idempotency_key_reused": {ZH: "幂等键已用于另一个不同的请求；请换用新的", EN: "the idempotency key was used for a different request; use another"},
	"message_not_found":      {ZH: "消息不存在，或已过保留期", EN: "there is no such message, or it was removed after its retention"},
	"nothing_to_cancel":      {ZH: "没有待发送的内容；已发送的请撤回", EN: "nothing is waiting to be sent; recall what was"},
	"not_recallable":         {ZH: "没有可撤回的内容", EN: "nothing of the message can be taken back"},
	"nothing_to_replay":      {ZH: "没有处于所选状态的投递", EN: "no delivery is in one of the states"},
	"invalid_media":          {ZH: "文件的类型、名称、大小或内容不符合要求；见GET /providers的limits.media", EN: "kind, name, size or content of a file is not taken; see limits.media of GET /providers"},
	"invalid_attachment":     {ZH: "附件有误：缺少、未被引用或不符合要求", EN: "an attachment is missing, not referred to, or not taken"},
	"template_not_found":     {ZH: "模板或该版本不存在", EN: "there is no such template or version"},
	"invalid_template":       {ZH: "模板有误；请按field和message修改", EN: "the template is wrong; field and message say where and how"},
	"template_changed":       {ZH: "模板已被他人修改；请重新读取后再保存", EN: "somebody else has changed the template; read it again before you save"},
	"template_failed":        {ZH: "模板无法以这些值渲染；请按field和message检查", EN: "the template cannot be rendered with these values; field and message say why"},
	"too_many_templates":     {ZH: "模板数已达上限；请先删除不用的", EN: "there are as many templates as there can be; delete one that is not used"},
	"invalid_variable":       {ZH: "变量的值缺少、未声明或不符合要求", EN: "the value of a variable is missing, not declared or not allowed"},
	"webhook_not_found":      {ZH: "没有该名称的Webhook", EN: "there is no webhook of this name"},
	"webhook_exists":         {ZH: "该名称的Webhook已存在；请换用其他名称", EN: "there is a webhook of this name; choose another"},
	"webhook_disabled":       {ZH: "Webhook已停用；请先启用", EN: "the webhook is disabled; enable it first"},
	"invalid_webhook":        {ZH: "Webhook的设置有误；请按field和message修改", EN: "the webhook is wrong; field and message say where and how"},
	"too_many_webhooks":      {ZH: "Webhook数已达上限；请先删除不用的", EN: "there are as many webhooks as there can be; delete one that is not used"},

	// Deliveries.
	"unknown_user":    {ZH: "接收人不是租户的有效成员；请核对", EN: "the recipient is no active member of the tenant; check the name or id"},
	"not_bound":       {ZH: "接收人未绑定办公应用账号；请先同步或绑定", EN: "the recipient has no account at the office app; synchronise or bind them"},
	"unknown_group":   {ZH: "部门或角色在查找其中的人之前已被移除", EN: "a department or role was removed before its people were looked up"},
	"repeated":        {ZH: "同一个人在流式发送中已出现过", EN: "the person was named before in the same stream"},
	"broken_off":      {ZH: "流式发送的接收人来源中断，其余接收人缺失", EN: "the stream of recipients ended early, and others are missing"},
	"quota":           {ZH: "办公应用的配额暂时用完；到nextAt自动发送", EN: "a quota of the office app is used up; it is sent at nextAt"},
	"earlier_part":    {ZH: "拆分消息的前一部分未发出", EN: "a part before this one was not sent"},
	"outcome_unknown": {ZH: "发送时进程中断，结果不明；确认未收到后可重发", EN: "the process ended during the call, so nobody knows; replay it if it did not arrive"},
	"expired":         {ZH: "发送前已过期", EN: "it expired before it was sent"},
	"cancelled":       {ZH: "发送前已被取消或撤回", EN: "it was cancelled or recalled before it was sent"},
	"recall_window":   {ZH: "已超过可撤回的时间", EN: "it is too late to take it back"},
	"app_gone":        {ZH: "发送所用的应用已移除或停用", EN: "the app it was to be sent through was removed or disabled"},
	"webhook_gone":    {ZH: "发送所用的Webhook已移除或停用", EN: "the webhook it was to be sent through was removed or disabled"},

	// The directory.
	"run_active":           {ZH: "已有同步在进行；请等待其结束，details为那次同步：{runId,state}", EN: "another run is under way; wait for its end. details has it: {runId,state}"},
	"no_such_run":          {ZH: "同步不存在，或已过保留期", EN: "there is no such run, or it was removed after its retention"},
	"run_finished":         {ZH: "同步已结束，不能取消；要撤回其变更请撤销", EN: "the run has ended and cannot be cancelled; undo it to take back what it has changed"},
	"run_not_waiting":      {ZH: "同步不在等待批准；请重新读取", EN: "the run does not wait for approval; read it again"},
	"run_not_undoable":     {ZH: "同步尚未结束，或没有作出变更，不能撤销", EN: "the run has not ended, or has changed nothing, and cannot be undone"},
	"never_pulled":         {ZH: "尚未全量拉取过；请先全量拉取一次", EN: "the directory was never pulled as a whole; start a full pull first"},
	"ids_of_full":          {ZH: "全量同步不能指定ids；请将mode设为incremental", EN: "a full run takes no ids; set mode to incremental"},
	"ids_count":            {ZH: "增量同步须指定1到1000个人员和部门", EN: "an incremental run is about 1 to 1000 people and departments"},
	"malformed_id":         {ZH: "ID格式有误：须为1到256字节，首尾无空格", EN: "malformed id: 1 to 256 bytes without spaces around"},
	"push_only":            {ZH: "only和deletes仅用于推送", EN: "only and deletes are for a push"},
	"unknown_direction":    {ZH: "direction须为pull或push", EN: "direction: want pull or push"},
	"unknown_mode":         {ZH: "mode须为full或incremental", EN: "mode: want full or incremental"},
	"unknown_only":         {ZH: "only须为department或person", EN: "only: want department or person"},
	"no_directory":         {ZH: "应用没有通讯录", EN: "the office app has no directory"},
	"no_finder":            {ZH: "应用不能查询单个成员；请全量同步，预览请用dryRun", EN: "the office app cannot look up single people; start a full run, or a dry one for a preview"},
	"no_push":              {ZH: "应用不支持推送通讯录；请改为拉取", EN: "no directory can be pushed to the office app; pull from it"},
	"no_roster":            {ZH: "平台未提供可推送的通讯录；请改为拉取，或由平台的开发者实现sync.Roster", EN: "the platform does not offer its people for a push; pull, or have its developers implement sync.Roster"},
	"no_house_numbers":     {ZH: "平台未提供租户门牌号；请将规则initialPassword改为none", EN: "the platform does not tell house numbers; set the rule initialPassword to none"},
	"permission_missing":   {ZH: "应用缺少写入通讯录的权限；请按remedy授予", EN: "the app lacks the permission to write to the directory; remedy says how to grant it"},
	"organisation_changed": {ZH: "应用的企业在同步期间改变；请重新开始同步", EN: "the app's company has changed during the run; start another one"},
	"invalid_rules":        {ZH: "同步规则有误；details为各处问题：[{field,problem}]", EN: "rules are wrong; details has them: [{field,problem}]"},
	"settings_changed":     {ZH: "同步规则已被他人修改；请重新读取后再修改", EN: "somebody else has changed the rules; read them again and repeat the change"},
	"invalid_schedule":     {ZH: "同步计划有误；请按field和message修改", EN: "the schedule is wrong; field and message say where and how"},
	"schedule_changed":     {ZH: "同步计划已被他人修改；请重新读取后再修改", EN: "somebody else has changed the schedule; read it again and repeat the change"},
	"no_such_person":       {ZH: "办公应用和平台都没有此人；请检查userId", EN: "neither the office app nor the platform has this person; check the userId"},
	"no_such_conflict":     {ZH: "冲突不存在或已处理；请重新读取列表", EN: "there is no such conflict, or it was resolved; read the list again"},
	"unknown_resolution":   {ZH: "resolution须为platform、provider或bind", EN: "resolution: want platform, provider or bind"},
	"wrong_resolution":     {ZH: "字段冲突只能选platform或provider，人员冲突只能选bind并填写localId", EN: "a field takes platform or provider, a person bind with a localId"},
	"no_such_account":      {ZH: "localId所指的账号不存在或不是租户成员", EN: "the account that localId names does not exist, or is not in the tenant"},
	"not_taken":            {ZH: "平台未接受办公应用的值；请改选platform，或按message处理后重试", EN: "the platform did not take the value; resolve with platform, or see to what message says and try again"},

	// Subscriptions and their endpoints.
	"subscription_not_found": {ZH: "订阅不存在", EN: "there is no such subscription"},
	"too_many_subscriptions": {ZH: "订阅数已达上限；请先删除不用的", EN: "there are as many subscriptions as there can be; delete one that is not used"},
	"invalid_url":            {ZH: "订阅的地址有误：须为公网可访问的https地址", EN: "the endpoint's address is wrong: want a public https address"},
	"unknown_event_type":     {ZH: "没有该事件类型；details为可选的：{known}", EN: "there is no such type of event; details has those there are: {known}"},
	"invalid_description":    {ZH: "说明过长或含控制字符", EN: "the description is too long or has control characters"},
	"bad_status":             {ZH: "订阅的地址返回非2xx状态码；请检查接收端", EN: "the endpoint answered another status than 2xx; look at the receiver"},
	"redirect":               {ZH: "订阅的地址返回重定向；请改为最终地址", EN: "the endpoint answered a redirect, which is not followed; enter where it leads to"},
	"gone":                   {ZH: "订阅的地址返回410，订阅已停用；恢复后请重新启用", EN: "the endpoint answered 410, and the subscription was disabled; enable it again once it is back"},
	"timeout":                {ZH: "订阅的地址未及时应答；请先返回2xx，再异步处理", EN: "the endpoint did not answer in time; answer 2xx at once and work afterwards"},
	"host_not_found":         {ZH: "订阅地址的域名无法解析；请检查域名", EN: "the endpoint's host name cannot be resolved; check it"},
	"address_forbidden":      {ZH: "订阅地址指向内网或保留地址；请改用公网地址", EN: "the endpoint's host leads to a private or reserved address; use a public one"},
	"tls_failed":             {ZH: "与订阅地址无法建立安全连接；请检查证书", EN: "no secure connection to the endpoint; check its certificate"},
	"connection_failed":      {ZH: "无法连接订阅地址，或连接中断；请检查接收端和防火墙", EN: "no connection to the endpoint, or it broke; check the receiver and firewalls"},

	// Logins and bindings.
	"invalid_state":       {ZH: "登录已失效，或不是在此浏览器开始的；请重新登录", EN: "the login has expired or was begun elsewhere; start again"},
	"invalid_ticket":      {ZH: "ticket无效、已使用或已过期；请重新登录", EN: "the ticket is not valid, used or expired; log in again"},
	"invalid_proof":       {ZH: "身份凭证无效或已过期；请重新扫码", EN: "the proof is not valid or has expired; scan again"},
	"declined":            {ZH: "本人在办公应用中取消了登录", EN: "the person did not agree at the office app"},
	"unbound":             {ZH: "没有绑定的账号；请管理员同步或绑定，或按details继续：{proof,verifyMobile,name}", EN: "there is no account that is bound; an administrator synchronises or binds, or the person goes on with details: {proof,verifyMobile,name}"},
	"suspended":           {ZH: "账号在租户中已停用；请联系管理员", EN: "the account is suspended in the tenant; ask an administrator"},
	"disabled":            {ZH: "账号在平台上已冻结；请联系管理员", EN: "the account is disabled on the platform; ask an administrator"},
	"pending":             {ZH: "账号正在等待管理员批准", EN: "the account waits for an administrator to admit it"},
	"left":                {ZH: "已离开企业或租户；有误请联系管理员", EN: "the person has left the company or the tenant; ask an administrator if that is wrong"},
	"bound_elsewhere":     {ZH: "该成员已绑定另一个账号；请先解绑", EN: "the member is bound to another account; unbind that one first"},
	"account_bound":       {ZH: "该账号或人员已有绑定；请先解绑", EN: "the account or the person is bound already; unbind first"},
	"no_user":             {ZH: "未指定账号；请填写userId或username", EN: "no account is named; give userId or username"},
	"no_provider_user":    {ZH: "未指定成员；请填写providerUserId", EN: "no member is named; give providerUserId"},
	"not_yours":           {ZH: "sysUserId不是自己的用户ID", EN: "sysUserId is somebody else's"},
	"return_url_required": {ZH: "租户的返回地址不止一个或没有；请填写returnUrl", EN: "the tenant has several return addresses, or none; give returnUrl"},
	"invalid_return_url":  {ZH: "返回地址有误，或不在登录设置的returnUrls中", EN: "the return address is malformed, or not among returnUrls of the login settings"},
	"many_return_urls":    {ZH: "返回地址超过50个；请删除不用的", EN: "more than 50 return addresses; remove those that are not used"},
	"invalid_page_url":    {ZH: "页面不在登录设置的returnUrls中", EN: "the page is not among returnUrls of the login settings"},
	"unknown_policy":      {ZH: "unbound须为deny、bind或create", EN: "unbound: want deny, bind or create"},
	"no_verification":     {ZH: "平台未开通手机号验证；请以其他方式绑定", EN: "mobile numbers are not verified here; bind the account another way"},
	"wrong_code":          {ZH: "验证码错误或已过期", EN: "the code is wrong or has expired"},
	"many_tries":          {ZH: "尝试次数过多；请按message重新扫码或稍后再试", EN: "too many tries; scan again or come later, as message says"},
	"too_fast":            {ZH: "登录请求过于频繁；请在retryAfter秒后再试", EN: "too many login requests; try again after retryAfter seconds"},
	"unknown_org":         {ZH: "不能确定企业属于哪个租户；请使用带租户ID的地址", EN: "which tenant the company belongs to is not clear; use the address with the tenant's id"},
	"not_inside":          {ZH: "不是从办公应用的工作台打开", EN: "the page was not opened from the workbench of the office app"},
	"no_public_url":       {ZH: "平台未配置公网地址，不能在浏览器中登录；请运维人员配置Config.HTTP.PublicURL", EN: "the platform has no public address, which logins in a browser need; whoever runs it sets Config.HTTP.PublicURL"},
	"no_registration":     {ZH: "不能自行注册；登录设置unbound为create时首次登录即创建账号", EN: "nobody registers here; with unbound set to create the first login makes the account"},
}
