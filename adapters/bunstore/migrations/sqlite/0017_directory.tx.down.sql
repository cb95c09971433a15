ALTER TABLE thirdapp_departments DROP COLUMN path;
--bun:split
ALTER TABLE thirdapp_sync_people_before DROP COLUMN manager_id;
--bun:split
DROP INDEX thirdapp_sync_people_manager;
--bun:split
ALTER TABLE thirdapp_sync_people DROP COLUMN manager_local_id;
--bun:split
ALTER TABLE thirdapp_sync_people DROP COLUMN manager_id;
--bun:split
ALTER TABLE thirdapp_sync_staged_people DROP COLUMN manager_known;
--bun:split
ALTER TABLE thirdapp_sync_staged_people DROP COLUMN manager_id;
--bun:split
ALTER TABLE thirdapp_memberships DROP COLUMN manager_id;
