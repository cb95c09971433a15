package transport

import (
	"reflect"

	"github.com/thirdapp/thirdapp/identity"
	"github.com/thirdapp/thirdapp/messaging"
	"github.com/thirdapp/thirdapp/provider"
	dirsync "github.com/thirdapp/thirdapp/sync"
	"github.com/thirdapp/thirdapp/tenant"
)

// choices are the values of the types that have few, by type: the constants of
// the type, all of them.
type choices map[reflect.Type][]any

func choose[T ~string](c choices, values ...T) {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	c[reflect.TypeFor[T]()] = list
}

// answeredChoices are the values that answers can have.
func answeredChoices() choices {
	c := choices{}
	choose(c, provider.ContentTypes()...)
	choose(c, provider.LayoutVertical, provider.LayoutHorizontal)
	choose(c, provider.MediaImage, provider.MediaVoice, provider.MediaVideo, provider.MediaFile)
	choose(c, provider.PermissionGranted, provider.PermissionMissing, provider.PermissionUnknown)
	choose(c, tenant.RoleOwner, tenant.RoleAdmin, tenant.RoleOperator, tenant.RoleSender, tenant.RoleViewer, tenant.RolePlatformAdmin)
	choose(c, identity.SourceDirectory, identity.SourceAdmin, identity.SourceMobile, identity.SourceCreated, identity.SourcePerson)
	choose(c, identity.UnboundDeny, identity.UnboundBind, identity.UnboundCreate)
	messageChoices(c)
	syncChoices(c)
	return c
}

func messageChoices(c choices) {
	choose(c, messaging.ChannelWork, messaging.ChannelRobot, messaging.ChannelGroup, messaging.ChannelWebhook)
	choose(c, messaging.Scheduled, messaging.Queued, messaging.Sending, messaging.Tracking, messaging.Finished)
	choose(c,
		messaging.DeliveryPending, messaging.DeliveryScheduled, messaging.DeliverySending, messaging.DeliveryAccepted,
		messaging.DeliveryDelivered, messaging.DeliveryRead, messaging.DeliveryFailed, messaging.DeliveryDead,
		messaging.DeliveryRecalled, messaging.DeliveryUnbound, messaging.DeliveryUncertain, messaging.DeliveryExpired,
		messaging.DeliveryCancelled)
	choose(c, messaging.RefuseLong, messaging.Split, messaging.Shorten)
	choose(c, messaging.Degrade, messaging.Refuse)
	choose(c, messaging.QuotaEveryone, messaging.QuotaPerson, messaging.QuotaContent, messaging.QuotaPeople, messaging.QuotaWebhook)
}

func syncChoices(c choices) {
	choose(c, dirsync.Pull, dirsync.Push)
	choose(c, dirsync.Full, dirsync.Incremental, dirsync.Undo)
	choose(c, dirsync.EntityDepartment, dirsync.EntityPerson)
	choose(c,
		dirsync.StateQueued, dirsync.StateReading, dirsync.StatePlanning, dirsync.StateNeedsApproval, dirsync.StateApplying,
		dirsync.StatePlanned, dirsync.StateSucceeded, dirsync.StatePartial, dirsync.StateFailed, dirsync.StateCancelled,
		dirsync.StateDiscarded)
	choose(c, dirsync.PhaseRead, dirsync.PhasePlan, dirsync.PhaseGuard, dirsync.PhaseApply)
	choose(c, dirsync.ChangePending, dirsync.ChangeApplied, dirsync.ChangeFailed, dirsync.ChangeSkipped)
	choose(c,
		dirsync.KindCreate, dirsync.KindUpdate, dirsync.KindMove, dirsync.KindLeaving, dirsync.KindLeave, dirsync.KindRejoin,
		dirsync.KindUnbind, dirsync.KindConflict, dirsync.KindNone)
	choose(c, dirsync.ResolvePlatform, dirsync.ResolveProvider, dirsync.ResolveBind)
	choose(c, dirsync.AccountMobile, dirsync.AccountEmail, dirsync.AccountEmailName, dirsync.AccountJobNumber,
		dirsync.AccountUserID, dirsync.AccountPersonName)
	choose(c, dirsync.MatchMobile, dirsync.MatchEmail, dirsync.MatchJobNumber, dirsync.MatchBinding, dirsync.MatchUnionID)
	choose(c, dirsync.EffectSame, dirsync.EffectSet, dirsync.EffectKeep, dirsync.EffectConflict)
	choose(c, dirsync.FieldsUpdate, dirsync.FieldsKeep)
	choose(c, dirsync.JoinActive, dirsync.JoinPending)
	choose(c, dirsync.OwnerProvider, dirsync.OwnerPlatform, dirsync.OwnerFirst)
	choose(c, dirsync.NoPassword, dirsync.HouseNumberMobile)
	choose(c, dirsync.PersonFields()...)
	choose(c, dirsync.ScheduleStarted, dirsync.ScheduleSkipped, dirsync.ScheduleFailed)
	choose(c, dirsync.ScopeAll, dirsync.ScopeInclude, dirsync.ScopeExclude, dirsync.ScopeNotIncluded, dirsync.ScopeInvisible)
}

// sentChoices are the values that requests can have, which are fewer where the
// module alone gives the others.
func (a *api) sentChoices() choices {
	c := answeredChoices()
	choose(c, dirsync.Full, dirsync.Incremental)
	choose(c, dirsync.MatchMobile, dirsync.MatchEmail, dirsync.MatchJobNumber)
	choose(c, refuseActive, joinActive)
	if kinds := a.kinds(); len(kinds) > 0 {
		choose(c, kinds...)
	}
	return c
}
