ALTER TABLE thirdapp_message_batches DROP COLUMN moved;
--bun:split
DROP TABLE thirdapp_quota_groups;
