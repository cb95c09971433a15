package riverjobs

import (
	"context"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// unsupported is an executor that refuses everything. The executors of this
// package embed it and implement what River calls at run time; what it calls
// beyond that after an upgrade says its name. A method that an upgrade adds
// does not compile until somebody has decided about it.
type unsupported struct{}

var _ riverdriver.ExecutorTx = unsupported{}

// unsupportedError is the refusal of the method it names. As a riverdriver.Row
// it is the refusal of the method that returned it.
type unsupportedError string

func (e unsupportedError) Error() string {
	return "riverjobs: River called " + string(e) + ", which this driver does not support"
}

// Scan implements riverdriver.Row.
func (e unsupportedError) Scan(...any) error { return e }

func (unsupported) Begin(context.Context) (riverdriver.ExecutorTx, error) {
	return nil, unsupportedError("Begin")
}

func (unsupported) ColumnExists(context.Context, *riverdriver.ColumnExistsParams) (bool, error) {
	return false, unsupportedError("ColumnExists")
}

func (unsupported) Exec(context.Context, string, ...any) error {
	return unsupportedError("Exec")
}

func (unsupported) IndexDropIfExists(context.Context, *riverdriver.IndexDropIfExistsParams) error {
	return unsupportedError("IndexDropIfExists")
}

func (unsupported) IndexExists(context.Context, *riverdriver.IndexExistsParams) (bool, error) {
	return false, unsupportedError("IndexExists")
}

func (unsupported) IndexesExist(context.Context, *riverdriver.IndexesExistParams) (map[string]bool, error) {
	return nil, unsupportedError("IndexesExist")
}

func (unsupported) IndexReindex(context.Context, *riverdriver.IndexReindexParams) error {
	return unsupportedError("IndexReindex")
}

func (unsupported) IndexReindexArtifacts(context.Context, *riverdriver.IndexReindexArtifactsParams) ([]string, error) {
	return nil, unsupportedError("IndexReindexArtifacts")
}

func (unsupported) InitDriver(context.Context) error {
	return unsupportedError("InitDriver")
}

func (unsupported) JobCancel(context.Context, *riverdriver.JobCancelParams) (*rivertype.JobRow, error) {
	return nil, unsupportedError("JobCancel")
}

func (unsupported) JobCountByAllStates(context.Context, *riverdriver.JobCountByAllStatesParams) (map[rivertype.JobState]int, error) {
	return nil, unsupportedError("JobCountByAllStates")
}

func (unsupported) JobCountByQueueAndState(context.Context, *riverdriver.JobCountByQueueAndStateParams) ([]*riverdriver.JobCountByQueueAndStateResult, error) {
	return nil, unsupportedError("JobCountByQueueAndState")
}

func (unsupported) JobCountByState(context.Context, *riverdriver.JobCountByStateParams) (int, error) {
	return 0, unsupportedError("JobCountByState")
}

func (unsupported) JobDelete(context.Context, *riverdriver.JobDeleteParams) (*rivertype.JobRow, error) {
	return nil, unsupportedError("JobDelete")
}

func (unsupported) JobDeleteBefore(context.Context, *riverdriver.JobDeleteBeforeParams) (int, error) {
	return 0, unsupportedError("JobDeleteBefore")
}

func (unsupported) JobDeleteMany(context.Context, *riverdriver.JobDeleteManyParams) ([]*rivertype.JobRow, error) {
	return nil, unsupportedError("JobDeleteMany")
}

func (unsupported) JobGetAvailable(context.Context, *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	return nil, unsupportedError("JobGetAvailable")
}

func (unsupported) JobGetByID(context.Context, *riverdriver.JobGetByIDParams) (*rivertype.JobRow, error) {
	return nil, unsupportedError("JobGetByID")
}

func (unsupported) JobGetByIDMany(context.Context, *riverdriver.JobGetByIDManyParams) ([]*rivertype.JobRow, error) {
	return nil, unsupportedError("JobGetByIDMany")
}

func (unsupported) JobGetByKindMany(context.Context, *riverdriver.JobGetByKindManyParams) ([]*rivertype.JobRow, error) {
	return nil, unsupportedError("JobGetByKindMany")
}

func (unsupported) JobGetCancelRequested(context.Context, *riverdriver.JobGetCancelRequestedParams) ([]int64, error) {
	return nil, unsupportedError("JobGetCancelRequested")
}

func (unsupported) JobGetStuck(context.Context, *riverdriver.JobGetStuckParams) ([]*rivertype.JobRow, error) {
	return nil, unsupportedError("JobGetStuck")
}

func (unsupported) JobInsertFastMany(context.Context, *riverdriver.JobInsertFastManyParams) ([]*riverdriver.JobInsertFastResult, error) {
	return nil, unsupportedError("JobInsertFastMany")
}

func (unsupported) JobInsertFastManyNoReturning(context.Context, *riverdriver.JobInsertFastManyParams) (int, error) {
	return 0, unsupportedError("JobInsertFastManyNoReturning")
}

func (unsupported) JobInsertFull(context.Context, *riverdriver.JobInsertFullParams) (*rivertype.JobRow, error) {
	return nil, unsupportedError("JobInsertFull")
}

func (unsupported) JobInsertFullMany(context.Context, *riverdriver.JobInsertFullManyParams) ([]*rivertype.JobRow, error) {
	return nil, unsupportedError("JobInsertFullMany")
}

func (unsupported) JobKindList(context.Context, *riverdriver.JobKindListParams) ([]string, error) {
	return nil, unsupportedError("JobKindList")
}

func (unsupported) JobList(context.Context, *riverdriver.JobListParams) ([]*rivertype.JobRow, error) {
	return nil, unsupportedError("JobList")
}

func (unsupported) JobRescueMany(context.Context, *riverdriver.JobRescueManyParams) (*struct{}, error) {
	return nil, unsupportedError("JobRescueMany")
}

func (unsupported) JobRetry(context.Context, *riverdriver.JobRetryParams) (*rivertype.JobRow, error) {
	return nil, unsupportedError("JobRetry")
}

func (unsupported) JobSchedule(context.Context, *riverdriver.JobScheduleParams) ([]*riverdriver.JobScheduleResult, error) {
	return nil, unsupportedError("JobSchedule")
}

func (unsupported) JobSetStateIfRunningMany(context.Context, *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	return nil, unsupportedError("JobSetStateIfRunningMany")
}

func (unsupported) JobUpdate(context.Context, *riverdriver.JobUpdateParams) (*rivertype.JobRow, error) {
	return nil, unsupportedError("JobUpdate")
}

func (unsupported) JobUpdateFull(context.Context, *riverdriver.JobUpdateFullParams) (*rivertype.JobRow, error) {
	return nil, unsupportedError("JobUpdateFull")
}

func (unsupported) LeaderAttemptElect(context.Context, *riverdriver.LeaderElectParams) (*riverdriver.Leader, error) {
	return nil, unsupportedError("LeaderAttemptElect")
}

func (unsupported) LeaderAttemptReelect(context.Context, *riverdriver.LeaderReelectParams) (*riverdriver.Leader, error) {
	return nil, unsupportedError("LeaderAttemptReelect")
}

func (unsupported) LeaderDeleteExpired(context.Context, *riverdriver.LeaderDeleteExpiredParams) (int, error) {
	return 0, unsupportedError("LeaderDeleteExpired")
}

func (unsupported) LeaderGetElectedLeader(context.Context, *riverdriver.LeaderGetElectedLeaderParams) (*riverdriver.Leader, error) {
	return nil, unsupportedError("LeaderGetElectedLeader")
}

func (unsupported) LeaderInsert(context.Context, *riverdriver.LeaderInsertParams) (*riverdriver.Leader, error) {
	return nil, unsupportedError("LeaderInsert")
}

func (unsupported) LeaderResign(context.Context, *riverdriver.LeaderResignParams) (bool, error) {
	return false, unsupportedError("LeaderResign")
}

func (unsupported) MigrationDeleteAssumingMainMany(context.Context, *riverdriver.MigrationDeleteAssumingMainManyParams) ([]*riverdriver.Migration, error) {
	return nil, unsupportedError("MigrationDeleteAssumingMainMany")
}

func (unsupported) MigrationDeleteByLineAndVersionMany(context.Context, *riverdriver.MigrationDeleteByLineAndVersionManyParams) ([]*riverdriver.Migration, error) {
	return nil, unsupportedError("MigrationDeleteByLineAndVersionMany")
}

func (unsupported) MigrationGetAllAssumingMain(context.Context, *riverdriver.MigrationGetAllAssumingMainParams) ([]*riverdriver.Migration, error) {
	return nil, unsupportedError("MigrationGetAllAssumingMain")
}

func (unsupported) MigrationGetByLine(context.Context, *riverdriver.MigrationGetByLineParams) ([]*riverdriver.Migration, error) {
	return nil, unsupportedError("MigrationGetByLine")
}

func (unsupported) MigrationInsertMany(context.Context, *riverdriver.MigrationInsertManyParams) ([]*riverdriver.Migration, error) {
	return nil, unsupportedError("MigrationInsertMany")
}

func (unsupported) MigrationInsertManyAssumingMain(context.Context, *riverdriver.MigrationInsertManyAssumingMainParams) ([]*riverdriver.Migration, error) {
	return nil, unsupportedError("MigrationInsertManyAssumingMain")
}

func (unsupported) NotificationDeleteBefore(context.Context, *riverdriver.NotificationDeleteBeforeParams) (int, error) {
	return 0, unsupportedError("NotificationDeleteBefore")
}

func (unsupported) NotifyMany(context.Context, *riverdriver.NotifyManyParams) error {
	return unsupportedError("NotifyMany")
}

func (unsupported) Ping(context.Context) error {
	return unsupportedError("Ping")
}

func (unsupported) PGAdvisoryXactLock(context.Context, int64) (*struct{}, error) {
	return nil, unsupportedError("PGAdvisoryXactLock")
}

func (unsupported) QueueCreateOrSetUpdatedAt(context.Context, *riverdriver.QueueCreateOrSetUpdatedAtParams) (*rivertype.Queue, error) {
	return nil, unsupportedError("QueueCreateOrSetUpdatedAt")
}

func (unsupported) QueueDeleteExpired(context.Context, *riverdriver.QueueDeleteExpiredParams) ([]string, error) {
	return nil, unsupportedError("QueueDeleteExpired")
}

func (unsupported) QueueGet(context.Context, *riverdriver.QueueGetParams) (*rivertype.Queue, error) {
	return nil, unsupportedError("QueueGet")
}

func (unsupported) QueueList(context.Context, *riverdriver.QueueListParams) ([]*rivertype.Queue, error) {
	return nil, unsupportedError("QueueList")
}

func (unsupported) QueueNameList(context.Context, *riverdriver.QueueNameListParams) ([]string, error) {
	return nil, unsupportedError("QueueNameList")
}

func (unsupported) QueuePause(context.Context, *riverdriver.QueuePauseParams) error {
	return unsupportedError("QueuePause")
}

func (unsupported) QueueResume(context.Context, *riverdriver.QueueResumeParams) error {
	return unsupportedError("QueueResume")
}

func (unsupported) QueueUpdate(context.Context, *riverdriver.QueueUpdateParams) (*rivertype.Queue, error) {
	return nil, unsupportedError("QueueUpdate")
}

func (unsupported) QueryRow(context.Context, string, ...any) riverdriver.Row {
	return unsupportedError("QueryRow")
}

func (unsupported) SchemaCreate(context.Context, *riverdriver.SchemaCreateParams) error {
	return unsupportedError("SchemaCreate")
}

func (unsupported) SchemaDrop(context.Context, *riverdriver.SchemaDropParams) error {
	return unsupportedError("SchemaDrop")
}

func (unsupported) SchemaGetExpired(context.Context, *riverdriver.SchemaGetExpiredParams) ([]string, error) {
	return nil, unsupportedError("SchemaGetExpired")
}

func (unsupported) TableExists(context.Context, *riverdriver.TableExistsParams) (bool, error) {
	return false, unsupportedError("TableExists")
}

func (unsupported) TableTruncate(context.Context, *riverdriver.TableTruncateParams) error {
	return unsupportedError("TableTruncate")
}

func (unsupported) Commit(context.Context) error {
	return unsupportedError("Commit")
}

func (unsupported) Rollback(context.Context) error {
	return unsupportedError("Rollback")
}
