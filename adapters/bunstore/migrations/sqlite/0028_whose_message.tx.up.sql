-- An app can be changed into another one. A message is of the organisation whose
-- people it goes to; an accepted batch, and an upload, are of the app at the
-- office app that took them. '' is not known: from before.
ALTER TABLE thirdapp_messages ADD COLUMN org_id text NOT NULL DEFAULT '';
--bun:split
ALTER TABLE thirdapp_message_batches ADD COLUMN app_identity text NOT NULL DEFAULT '';
--bun:split
ALTER TABLE thirdapp_media ADD COLUMN app_identity text NOT NULL DEFAULT '';
