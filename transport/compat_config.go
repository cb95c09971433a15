package transport

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/thirdapp/thirdapp/provider"
	"github.com/thirdapp/thirdapp/tenant"
)

// enabledTypes tells which office apps the tenant has enabled. The contract's
// two are always there.
func (a *api) enabledTypes(ctx context.Context, _ none) (reply, error) {
	kinds, err := a.services.Tenants.EnabledKinds(ctx, tenantOf(ctx))
	if err != nil {
		return reply{}, err
	}
	types := map[string]bool{enabledKey(provider.WeCom): false, enabledKey(provider.DingTalk): false}
	for _, f := range a.services.Registry.Factories() {
		types[enabledKey(f.Kind())] = false
	}
	for _, k := range kinds {
		types[enabledKey(k)] = true
	}
	return okReply(types), nil
}

// enabledKey names a provider in the answer of getEnabledType.
func enabledKey(kind provider.Kind) string {
	if kind == provider.WeCom {
		return "wechatEnterprise"
	}
	return string(kind)
}

// decodeThirdType reads the parameter thirdType. The tenantId beside it has
// been looked at when the tenant was selected.
func decodeThirdType(r *http.Request) (provider.Kind, error) {
	s, err := requiredParam(r.URL.Query(), "thirdType")
	return kindOf(s), err
}

// checkThirdType refuses a type that nobody knows. The contract's own are known
// whether or not the host offers them: its front ends ask for each.
func (a *api) checkThirdType(kind provider.Kind) error {
	known := []provider.Kind{provider.DingTalk, provider.WeCom}
	for _, f := range a.services.Registry.Factories() {
		if !slices.Contains(known, f.Kind()) {
			known = append(known, f.Kind())
		}
	}
	if slices.Contains(known, kind) {
		return nil
	}
	types := make([]string, len(known))
	for i, k := range known {
		types[i] = thirdTypeOf(k)
	}
	return errNotOffered("thirdType", thirdTypeOf(kind), types)
}

// thirdConfig answers with code 0, as ever.
func (a *api) thirdConfig(ctx context.Context, kind provider.Kind) (reply, error) {
	if err := a.checkThirdType(kind); err != nil {
		return reply{}, err
	}
	v, err := a.services.Tenants.AppFor(ctx, tenantOf(ctx), kind)
	switch {
	case errors.Is(err, tenant.ErrAppNotFound):
		return reply{}, nil
	case err != nil:
		return reply{}, err
	}
	return reply{result: a.configOf(v)}, nil
}

// contractSettings are the settings that every config of the contract shows,
// null where the office app has no such thing.
var contractSettings = []string{ //nolint:gochecknoglobals // constant table
	provider.SettingAgentID, provider.SettingClientID, provider.SettingClientSecret, provider.SettingOrgID,
}

// configOf returns an app as the contract's config object, with its settings
// beside the other fields.
func (a *api) configOf(v tenant.AppView) map[string]any {
	config := make(map[string]any, len(v.Settings)+8)
	for _, name := range contractSettings {
		config[name] = nil
	}
	for name := range a.settingNames(v.Provider) {
		config[name] = nil
	}
	for name, value := range v.Settings {
		config[name] = value
	}
	status := 0
	if v.Enabled {
		status = 1
	}
	config["id"] = v.ID
	config[tenantParam] = compatTenant(v.Tenant)
	config["thirdType"] = thirdTypeOf(v.Provider)
	config["status"] = status
	config["createTime"] = contractTime(v.CreatedAt)
	config["updateTime"] = contractTime(v.UpdatedAt)
	return config
}

// settingNames returns the names of a provider's settings; of all providers'
// when the kind is "".
func (a *api) settingNames(kind provider.Kind) map[string]bool {
	names := make(map[string]bool)
	for _, f := range a.services.Registry.Factories() {
		if kind != "" && f.Kind() != kind {
			continue
		}
		for _, st := range f.Settings() {
			names[st.Name] = true
		}
	}
	return names
}

// settingTexts are what the settings of all providers are called, with where to
// find them.
func (a *api) settingTexts() fieldTexts {
	texts := make(fieldTexts)
	for _, f := range a.services.Registry.Factories() {
		for _, st := range f.Settings() {
			text := st.Title
			if !st.Help.IsZero() {
				text.ZH, text.EN = text.ZH+"："+st.Help.ZH, text.EN+": "+st.Help.EN
			}
			texts[st.Name] = text
		}
	}
	return texts
}

// contractTime is a time as the contract writes it.
func contractTime(t time.Time) string { return t.In(contractZone()).Format(time.DateTime) }

// contractZone is China's time zone.
func contractZone() *time.Location { return time.FixedZone("GMT+8", 8*60*60) }

// configInput is the body of addThirdAppConfig and editThirdAppConfig.
type configInput struct {
	id   string
	kind provider.Kind
	// enabled is nil when the body does not say.
	enabled  *bool
	settings map[string]string
}

// decodeConfig reads the settings of the body's thirdType among its fields, or,
// when an edit does not repeat the type, those of any provider.
func (a *api) decodeConfig(r *http.Request) (in configInput, err error) {
	object, err := decodeLoose(r)
	if err != nil {
		return in, err
	}
	if in.id, _, err = object.text("id"); err != nil {
		return in, err
	}
	thirdType, _, err := object.text("thirdType")
	if err != nil {
		return in, err
	}
	in.kind = kindOf(thirdType)
	enabled, given, err := object.flag("status")
	if err != nil {
		return in, err
	}
	if given {
		in.enabled = &enabled
	}
	in.settings = make(map[string]string)
	for name := range a.settingNames(in.kind) {
		value, given, err := object.text(name)
		if err != nil {
			return in, err
		}
		if given {
			in.settings[name] = value
		}
	}
	return in, nil
}

func (a *api) addConfig(ctx context.Context, in configInput) (reply, error) {
	if in.kind == "" {
		return reply{}, invalid("thirdType", "thirdType不能为空", "thirdType is required")
	}
	if err := a.checkOffered(in.kind, "thirdType", thirdTypeOf(in.kind)); err != nil {
		return reply{}, err
	}
	_, err := a.services.Tenants.CreateApp(ctx, tenantOf(ctx), tenant.AppInput{
		Provider: in.kind, Enabled: in.enabled == nil || *in.enabled, Settings: in.settings,
	})
	if err != nil {
		return reply{}, err
	}
	return doneReply("添加成功！", "added"), nil
}

func (a *api) editConfig(ctx context.Context, in configInput) (reply, error) {
	if !isToken(in.id) {
		return reply{}, errNoRecord()
	}
	_, err := a.services.Tenants.UpdateApp(ctx, tenantOf(ctx), in.id, tenant.AppChange{
		Enabled: in.enabled, Settings: in.settings,
	})
	if err != nil {
		return reply{}, err
	}
	return doneReply("修改成功！", "changed"), nil
}

// decodeConfigID reads the parameter id.
func decodeConfigID(r *http.Request) (string, error) {
	id, err := requiredParam(r.URL.Query(), "id")
	if err == nil && !isToken(id) {
		err = errNoRecord()
	}
	return id, err
}

func (a *api) deleteConfig(ctx context.Context, id string) (reply, error) {
	if err := a.services.Tenants.DeleteApp(ctx, tenantOf(ctx), id); err != nil {
		return reply{}, err
	}
	return doneReply("解绑成功！", "removed"), nil
}
