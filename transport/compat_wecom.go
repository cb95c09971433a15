package transport

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// wecomRoutes are the contract's paths of WeCom. Its front ends call them from
// their tab of WeCom and show the sentence, so each has the contract's own
// while the host offers no WeCom. With WeCom there is no such path yet.
func (a *api) wecomRoutes() []route {
	const sync = compatBase + "/sync/wechatEnterprise"
	ids := textParam("ids", "忽略", "not looked at")
	notConfigured, noLongerPulled := a.withoutWeCom(errNoWeCom()), a.withoutWeCom(errWeComUsersToLocal())
	noLongerPulledDepartments := a.withoutWeCom(errWeComDepartmentsToLocal())
	return []route{
		compat(a, get, sync+"/depart/toApp", "wecom.departToApp", decodeNone, notConfigured).query(ids),
		compat(a, get, sync+"/user/toApp", "wecom.userToApp", decodeNone, notConfigured).query(ids),
		compat(a, get, sync+"/user/toLocal", "wecom.userToLocal", decodeNone, noLongerPulled).query(ids),
		compat(a, get, sync+"/depart/toLocal", "wecom.departToLocal", decodeNone, noLongerPulledDepartments).query(ids),
		compat(a, get, sync+"/departAndUser/toLocal", "wecom.toLocal", decodeNone, notConfigured).
			query(textParam("jwUserDepartJson", "忽略", "not looked at")),
		compat(a, get, compatBase+"/getThirdUserByWechat", "wecom.users", decodeNone, notConfigured),
		compat(a, get, compatBase+"/getThirdUserBindByWechat", "wecom.bound", decodeNone, a.wecomBindings).
			answers(reflect.TypeFor[[]struct{}]()),
	}
}

// withoutWeCom returns the operation that refuses with err while the host offers
// no WeCom.
func (a *api) withoutWeCom(err error) func(context.Context, none) (reply, error) {
	return func(context.Context, none) (reply, error) {
		if a.offers(provider.WeCom) {
			return reply{}, errNoRoute()
		}
		return reply{}, err
	}
}

// wecomBindings are those of members to accounts of WeCom, of which there are
// none without WeCom.
func (a *api) wecomBindings(context.Context, none) (reply, error) {
	if a.offers(provider.WeCom) {
		return reply{}, errNoRoute()
	}
	return okReply([]struct{}{}), nil
}

func errNoWeCom() error {
	return tenant.Refuse(provider.FailedPrecondition, "not_configured",
		"企业微信尚未配置,请配置企业微信", "WeCom is not offered here")
}

func errWeComUsersToLocal() error {
	return tenant.Refuse(provider.Unsupported, "unsupported",
		"由于企业微信接口调整，同步到本地功能已失效", "WeCom no longer lets apps read its members")
}

func errWeComDepartmentsToLocal() error {
	return tenant.Refuse(provider.Unsupported, "unsupported",
		"由于企业微信接口调整，企业微信同步本地部门失效", "WeCom no longer lets apps read its departments")
}

func (a *api) offers(kind provider.Kind) bool {
	_, err := a.services.Registry.Factory(kind)
	return err == nil
}

// checkOffered refuses an office app that the host does not offer, by the word
// that the request has for it.
func (a *api) checkOffered(kind provider.Kind, field, word string) error {
	if a.offers(kind) {
		return nil
	}
	var types []string
	for _, f := range a.services.Registry.Factories() {
		types = append(types, thirdTypeOf(f.Kind()))
	}
	return errNotOffered(field, word, types)
}

func errNotOffered(field, word string, offered []string) error {
	return tenant.Refuse(provider.InvalidArgument, "unknown_provider",
		fmt.Sprintf("不支持的应用类型%q，支持：%s", shown(word), strings.Join(offered, "、")),
		fmt.Sprintf("unknown %s %q: want %s", field, shown(word), strings.Join(offered, " or "))).WithField(field)
}
