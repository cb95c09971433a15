DROP TABLE thirdapp_sync_event_states;
--bun:split
DROP TABLE thirdapp_sync_events;
--bun:split
DROP TABLE thirdapp_sync_targets;
