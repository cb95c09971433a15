DROP INDEX thirdapp_memberships_work_no;
--bun:split
DROP TABLE thirdapp_sync_changes;
--bun:split
DROP TABLE thirdapp_sync_batches;
--bun:split
DROP TABLE thirdapp_sync_people;
--bun:split
DROP TABLE thirdapp_sync_departments;
--bun:split
DROP TABLE thirdapp_sync_staged_places;
--bun:split
DROP TABLE thirdapp_sync_staged_people;
--bun:split
DROP TABLE thirdapp_sync_staged_departments;
--bun:split
DROP TABLE thirdapp_sync_tasks;
--bun:split
DROP TABLE thirdapp_sync_runs;
