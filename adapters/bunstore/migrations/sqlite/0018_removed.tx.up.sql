-- A push may take the target for gone.
ALTER TABLE thirdapp_sync_targets ADD COLUMN removed boolean NOT NULL DEFAULT FALSE;
