CREATE TABLE thirdapp_apps (
    tenant_id   text        NOT NULL,
    id          text        NOT NULL,
    provider    text        NOT NULL,
    identity    text        NOT NULL,
    enabled     boolean     NOT NULL,
    version     integer      NOT NULL,
    settings    text        NOT NULL,
    created_at  timestamp   NOT NULL,
    updated_at  timestamp   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
--bun:split
-- Callback addresses name the app alone.
CREATE UNIQUE INDEX thirdapp_apps_id ON thirdapp_apps (id);
--bun:split
CREATE UNIQUE INDEX thirdapp_apps_identity ON thirdapp_apps (provider, identity);
--bun:split
CREATE UNIQUE INDEX thirdapp_apps_enabled ON thirdapp_apps (tenant_id, provider) WHERE enabled;
--bun:split
CREATE TABLE thirdapp_app_secrets (
    tenant_id   text  NOT NULL,
    app_id      text  NOT NULL,
    name        text  NOT NULL,
    key_id      text  NOT NULL,
    ciphertext  blob  NOT NULL,
    PRIMARY KEY (tenant_id, app_id, name),
    FOREIGN KEY (tenant_id, app_id) REFERENCES thirdapp_apps (tenant_id, id) ON DELETE CASCADE
);
--bun:split
CREATE TABLE thirdapp_grants (
    tenant_id   text        NOT NULL,
    user_id     text        NOT NULL,
    role        text        NOT NULL,
    username    text        NOT NULL,
    granted_by  text        NOT NULL,
    created_at  timestamp   NOT NULL,
    removed     boolean     NOT NULL,
    version     integer      NOT NULL,
    PRIMARY KEY (tenant_id, user_id, role)
);
--bun:split
CREATE INDEX thirdapp_grants_version ON thirdapp_grants (version);
--bun:split
-- One row. Every change of a grant takes the next number while holding the
-- row, so that versions become visible in their order.
CREATE TABLE thirdapp_grant_version (
    id       integer PRIMARY KEY CHECK (id = 1),
    version  integer  NOT NULL
);
--bun:split
INSERT INTO thirdapp_grant_version (id, version) VALUES (1, 0);
--bun:split
CREATE TABLE thirdapp_audit (
    tenant_id    text        NOT NULL,
    id           text        NOT NULL,
    at           timestamp   NOT NULL,
    actor_id     text        NOT NULL,
    actor_name   text        NOT NULL,
    action       text        NOT NULL,
    target       text        NOT NULL,
    outcome      text        NOT NULL,
    before_value text ,
    after_value  text ,
    PRIMARY KEY (tenant_id, id)
);
