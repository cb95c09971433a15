-- What a tenant wants of the synchronisation with an office app.
CREATE TABLE thirdapp_sync_settings (
    tenant_id   text         NOT NULL,
    provider    text         NOT NULL,
    version     integer      NOT NULL,
    rules       text         NOT NULL,
    updated_by  text         NOT NULL,
    updated_at  timestamp  NOT NULL,
    PRIMARY KEY (tenant_id, provider)
);
--bun:split
-- The rules a run was started with; NULL for runs of earlier versions.
ALTER TABLE thirdapp_sync_runs ADD COLUMN rules text;
--bun:split
-- When somebody was first missed whose grace period is not over.
ALTER TABLE thirdapp_sync_people ADD COLUMN leaving_since timestamp;
--bun:split
-- What pulls cannot decide: fields edited on both sides, and, with field '',
-- people who cannot be matched.
CREATE TABLE thirdapp_sync_conflicts (
    tenant_id       text         NOT NULL,
    id              text         NOT NULL,
    provider        text         NOT NULL,
    org_id          text         NOT NULL,
    remote_id       text         NOT NULL,
    field           text         NOT NULL,
    name            text         NOT NULL,
    local_id        text         NOT NULL,
    account         text         NOT NULL,
    platform_value  text         NOT NULL,
    provider_value  text         NOT NULL,
    reason_zh       text         NOT NULL,
    reason_en       text         NOT NULL,
    run_id          text         NOT NULL,
    created_at      timestamp    NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
--bun:split
CREATE UNIQUE INDEX thirdapp_sync_conflicts_open
    ON thirdapp_sync_conflicts (tenant_id, provider, org_id, remote_id, field);
