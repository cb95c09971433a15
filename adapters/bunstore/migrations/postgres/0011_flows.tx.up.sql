-- People and departments that incremental runs are about: those that wait have
-- no run.
CREATE TABLE thirdapp_sync_targets (
    tenant_id   text        NOT NULL,
    app_id      text        NOT NULL,
    run_id      text        NOT NULL,
    entity      text        NOT NULL,
    remote_id   text        NOT NULL,
    -- Somebody asked for it: it never waits again.
    asked       boolean     NOT NULL,
    attempts    bigint      NOT NULL,
    due_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, app_id, run_id, entity, remote_id)
);
