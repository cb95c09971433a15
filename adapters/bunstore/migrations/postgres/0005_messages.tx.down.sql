DROP TABLE thirdapp_message_settings;
--bun:split
DROP TABLE thirdapp_webhooks;
--bun:split
DROP TABLE thirdapp_media;
--bun:split
DROP TABLE thirdapp_quota_uses;
--bun:split
DROP INDEX thirdapp_message_batches_waiting;
--bun:split
DROP INDEX thirdapp_message_batches_task;
--bun:split
ALTER TABLE thirdapp_message_batches DROP COLUMN recall_failure;
--bun:split
ALTER TABLE thirdapp_message_batches DROP COLUMN follows;
--bun:split
ALTER TABLE thirdapp_message_batches DROP COLUMN part;
--bun:split
ALTER TABLE thirdapp_messages DROP COLUMN batches;
--bun:split
ALTER TABLE thirdapp_messages DROP COLUMN cancelled_at;
--bun:split
ALTER TABLE thirdapp_messages DROP COLUMN recall_at;
--bun:split
ALTER TABLE thirdapp_messages DROP COLUMN send_at;
--bun:split
ALTER TABLE thirdapp_messages DROP COLUMN selection;
--bun:split
ALTER TABLE thirdapp_messages DROP COLUMN duplicates;
--bun:split
ALTER TABLE thirdapp_messages DROP COLUMN mentions;
--bun:split
ALTER TABLE thirdapp_messages DROP COLUMN template;
--bun:split
ALTER TABLE thirdapp_messages DROP COLUMN template_name;
--bun:split
ALTER TABLE thirdapp_messages DROP COLUMN parts;
--bun:split
ALTER TABLE thirdapp_messages DROP COLUMN webhook;
