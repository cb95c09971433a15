// Package sync keeps a platform's people and departments in line with the
// directory of an office app. Import it as dirsync.
//
// The unit of work is a [Run]. A pull reads every department and person,
// compares them with the mirror of what was applied before, keeps the
// differences in staging rows and as a plan of changes, and applies them
// through the [Members] port to the platform's own tables:
//
//	read -> plan -> guard -> apply
//
// A full run looks at everything the app may see, an incremental one at the
// people and departments it is asked about, and from there as far as it must to
// leave them as a full run would.
//
// A push goes the other way: it compares the platform's [Roster] with the
// mirror, and changes the office app.
//
// Every phase is stored and cut into short steps, each one transaction of the
// [Store]. A run whose process died goes on at the step it was in, on any
// process that works the jobs of [Service.Handlers]; nothing is applied twice.
//
// # Promises
//
//   - One run per tenant and provider at a time, over all processes.
//   - A read that failed in part creates and updates, it never removes; an
//     empty answer removes nobody; removals above [Guard] wait for approval.
//   - People are never deleted by a pull: who left is suspended, after the grace
//     period of the tenant's rules.
//   - A second run over an unchanged company plans nothing and writes nothing
//     but its own record.
//   - A dry run writes nothing but its own record and plan.
//   - Nothing is written to the office app by a pull, and nothing is removed
//     there by a push that was not asked to.
//
// Somebody who changes department at the office app while a run reads it may
// be seen in neither, and then leaves with this run and rejoins with the next.
//
// A tenant's [Schedule] starts runs by itself, with the jobs of the service.
//
// Events of the office app start incremental runs: [Service.Receive] takes them
// in from a callback, and between [Service.StartStreams] and
// [Service.StopStreams] from the connections that this side opens.
//
// # Events
//
// Ports.Events is told of runs and of what they change on the platform, in the
// transactions that do it; [Service.EventTypes] lists what there is. A run with
// more than [MaxChangeEvents] changes tells of them at once.
//
// # Errors
//
// Refusals are tenant.Error values; [ErrRunActive], [ErrNotWaiting],
// [ErrFinished] and [ErrNoRun] name the reasons. What went wrong inside a run
// stands in the run: [Run.Error], [Run.Failures] and the changes.
//
// # Concurrency
//
// A [Service] is safe for concurrent use, and so must be the ports it is given.
package sync
