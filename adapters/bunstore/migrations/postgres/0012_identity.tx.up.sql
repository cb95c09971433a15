-- Who says so, and which user has proved to be both (or nobody). A row of an
-- older version of the module comes from a directory.
ALTER TABLE thirdapp_bindings ADD COLUMN source text NOT NULL DEFAULT 'directory';
--bun:split
ALTER TABLE thirdapp_bindings ADD COLUMN proved_by text NOT NULL DEFAULT '';
--bun:split
-- In which tenants a member is bound.
CREATE INDEX thirdapp_bindings_member ON thirdapp_bindings (provider, org_id, provider_user_id);
--bun:split
CREATE TABLE thirdapp_login_settings (
    tenant_id    text  NOT NULL PRIMARY KEY,
    unbound      text  NOT NULL,
    return_urls  json  NOT NULL,
    updated_by   text  NOT NULL,
    updated_at   timestamptz  NOT NULL
);
--bun:split
-- States, tickets and proofs that were used. They are sealed texts; nothing is
-- stored of them before.
CREATE TABLE thirdapp_login_used (
    tenant_id   text  NOT NULL,
    id          text  NOT NULL,
    expires_at  timestamptz  NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
--bun:split
CREATE INDEX thirdapp_login_used_expires ON thirdapp_login_used (expires_at);
--bun:split
-- The tenant that somebody chose last.
CREATE TABLE thirdapp_login_choices (
    user_id     text  NOT NULL PRIMARY KEY,
    tenant_id   text  NOT NULL,
    updated_at  timestamptz  NOT NULL
);
--bun:split
-- Sessions that came out of a login. tenant_id is the tenant of the login.
CREATE TABLE thirdapp_login_sessions (
    tenant_id   text  NOT NULL,
    user_id     text  NOT NULL,
    id          text  NOT NULL,
    created_at  timestamptz  NOT NULL,
    expires_at  timestamptz  NOT NULL,
    PRIMARY KEY (tenant_id, user_id, id)
);
--bun:split
CREATE INDEX thirdapp_login_sessions_expires ON thirdapp_login_sessions (expires_at);
