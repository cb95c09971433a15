DROP TABLE thirdapp_sync_targets;
