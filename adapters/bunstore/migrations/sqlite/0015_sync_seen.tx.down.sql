DROP TABLE thirdapp_sync_unseen;
--bun:split
DROP TABLE thirdapp_sync_seen;
