-- The change of a push that has kept the row: a push may change somebody twice.
-- 0 for a pull.
ALTER TABLE thirdapp_sync_people_before ADD COLUMN seq bigint NOT NULL DEFAULT 0;
