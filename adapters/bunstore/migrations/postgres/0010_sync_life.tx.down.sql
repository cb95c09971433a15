DROP TABLE thirdapp_sync_schedules;
--bun:split
DROP TABLE thirdapp_sync_people_before;
--bun:split
DROP TABLE thirdapp_sync_departments_before;
--bun:split
ALTER TABLE thirdapp_sync_people DROP COLUMN run_id;
--bun:split
ALTER TABLE thirdapp_sync_departments DROP COLUMN run_id;
--bun:split
ALTER TABLE thirdapp_sync_runs DROP COLUMN phase_at;
--bun:split
ALTER TABLE thirdapp_sync_runs DROP COLUMN missing_permissions;
--bun:split
ALTER TABLE thirdapp_sync_runs DROP COLUMN undoes;
