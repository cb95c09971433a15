-- The rows of these tables are little more than their keys: kept in the order of
-- the key, each is written to one tree less.
CREATE TABLE thirdapp_login_used_by_key (
    tenant_id   text  NOT NULL,
    id          text  NOT NULL,
    expires_at  timestamp  NOT NULL,
    PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
--bun:split
INSERT INTO thirdapp_login_used_by_key SELECT tenant_id, id, expires_at FROM thirdapp_login_used;
--bun:split
DROP TABLE thirdapp_login_used;
--bun:split
ALTER TABLE thirdapp_login_used_by_key RENAME TO thirdapp_login_used;
--bun:split
CREATE INDEX thirdapp_login_used_expires ON thirdapp_login_used (expires_at);
--bun:split
CREATE TABLE thirdapp_login_sessions_by_key (
    tenant_id   text  NOT NULL,
    user_id     text  NOT NULL,
    id          text  NOT NULL,
    created_at  timestamp  NOT NULL,
    expires_at  timestamp  NOT NULL,
    PRIMARY KEY (tenant_id, user_id, id)
) WITHOUT ROWID;
--bun:split
INSERT INTO thirdapp_login_sessions_by_key
SELECT tenant_id, user_id, id, created_at, expires_at FROM thirdapp_login_sessions;
--bun:split
DROP TABLE thirdapp_login_sessions;
--bun:split
ALTER TABLE thirdapp_login_sessions_by_key RENAME TO thirdapp_login_sessions;
--bun:split
CREATE INDEX thirdapp_login_sessions_expires ON thirdapp_login_sessions (expires_at);
