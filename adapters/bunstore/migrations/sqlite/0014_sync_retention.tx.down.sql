ALTER TABLE thirdapp_sync_settings DROP COLUMN retention_days;
