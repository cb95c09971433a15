ALTER TABLE thirdapp_sync_targets DROP COLUMN removed;
