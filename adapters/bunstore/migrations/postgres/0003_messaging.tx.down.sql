DROP TABLE thirdapp_deliveries;
--bun:split
DROP TABLE thirdapp_message_batches;
--bun:split
DROP TABLE thirdapp_messages;
