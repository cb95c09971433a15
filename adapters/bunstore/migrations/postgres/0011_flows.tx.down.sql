ALTER TABLE thirdapp_sync_runs DROP COLUMN deletes;
--bun:split
ALTER TABLE thirdapp_sync_runs DROP COLUMN only_entity;
--bun:split
DROP TABLE thirdapp_sync_invitations;
--bun:split
DROP TABLE thirdapp_sync_event_states;
--bun:split
DROP TABLE thirdapp_sync_events;
--bun:split
DROP TABLE thirdapp_sync_targets;
