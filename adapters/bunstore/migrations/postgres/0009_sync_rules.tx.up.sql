-- What a tenant wants of the synchronisation with an office app.
CREATE TABLE thirdapp_sync_settings (
    tenant_id   text         NOT NULL,
    provider    text         NOT NULL,
    version     bigint       NOT NULL,
    rules       json         NOT NULL,
    updated_by  text         NOT NULL,
    updated_at  timestamptz  NOT NULL,
    PRIMARY KEY (tenant_id, provider)
);
--bun:split
-- The rules a run was started with; NULL for runs of earlier versions.
ALTER TABLE thirdapp_sync_runs ADD COLUMN rules json;
--bun:split
-- When somebody was first missed whose grace period is not over.
ALTER TABLE thirdapp_sync_people ADD COLUMN leaving_since timestamptz;
