DROP TABLE thirdapp_login_sessions;
--bun:split
DROP TABLE thirdapp_login_choices;
--bun:split
DROP TABLE thirdapp_login_used;
--bun:split
DROP TABLE thirdapp_login_settings;
--bun:split
DROP INDEX thirdapp_bindings_member;
--bun:split
ALTER TABLE thirdapp_bindings DROP COLUMN proved_by;
--bun:split
ALTER TABLE thirdapp_bindings DROP COLUMN source;
