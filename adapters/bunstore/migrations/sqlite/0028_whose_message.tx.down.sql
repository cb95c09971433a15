ALTER TABLE thirdapp_media DROP COLUMN app_identity;
--bun:split
ALTER TABLE thirdapp_message_batches DROP COLUMN app_identity;
--bun:split
ALTER TABLE thirdapp_messages DROP COLUMN org_id;
