DROP TABLE thirdapp_sync_conflicts;
--bun:split
ALTER TABLE thirdapp_sync_people DROP COLUMN leaving_since;
--bun:split
ALTER TABLE thirdapp_sync_runs DROP COLUMN rules;
--bun:split
DROP TABLE thirdapp_sync_settings;
