-- How many days the runs with an office app are kept, 0 for the default.
ALTER TABLE thirdapp_sync_settings ADD COLUMN retention_days bigint NOT NULL DEFAULT 0;
