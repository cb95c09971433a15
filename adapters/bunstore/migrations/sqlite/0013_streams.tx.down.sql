DROP INDEX thirdapp_apps_streams;
--bun:split
DROP TABLE thirdapp_sync_streams;
