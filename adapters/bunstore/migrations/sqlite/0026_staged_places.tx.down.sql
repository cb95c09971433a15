ALTER TABLE thirdapp_sync_staged_people DROP COLUMN sort_order;
--bun:split
ALTER TABLE thirdapp_sync_staged_people DROP COLUMN leader;
--bun:split
ALTER TABLE thirdapp_sync_staged_people DROP COLUMN department_id;
