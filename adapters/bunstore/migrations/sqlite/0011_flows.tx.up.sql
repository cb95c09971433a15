-- People and departments that incremental runs are about: those that wait have
-- no run. remote_id is the office app's for a pull, the platform's for a push.
CREATE TABLE thirdapp_sync_targets (
    tenant_id   text        NOT NULL,
    app_id      text        NOT NULL,
    direction   text        NOT NULL,
    run_id      text        NOT NULL,
    entity      text        NOT NULL,
    remote_id   text        NOT NULL,
    -- Somebody asked for it: it never waits again.
    asked       boolean     NOT NULL,
    attempts    integer     NOT NULL,
    due_at      timestamp NOT NULL,
    PRIMARY KEY (tenant_id, app_id, direction, run_id, entity, remote_id)
);
--bun:split
-- The events of office apps that were taken in, to recognise repetition.
CREATE TABLE thirdapp_sync_events (
    tenant_id    text        NOT NULL,
    app_id       text        NOT NULL,
    event_id     text        NOT NULL,
    received_at  timestamp NOT NULL,
    PRIMARY KEY (tenant_id, app_id, event_id)
);
--bun:split
CREATE INDEX thirdapp_sync_events_received ON thirdapp_sync_events (tenant_id, received_at);
--bun:split
-- How the events of an app come in: what came last, and what went wrong.
CREATE TABLE thirdapp_sync_event_states (
    tenant_id      text        NOT NULL,
    app_id         text        NOT NULL,
    events         integer     NOT NULL,
    last_type      text        NOT NULL,
    last_event_at  timestamp,
    failure        text        NOT NULL,
    failed_at      timestamp,
    PRIMARY KEY (tenant_id, app_id)
);
--bun:split
-- People whom a push has invited, and who have not been seen since.
CREATE TABLE thirdapp_sync_invitations (
    tenant_id   text        NOT NULL,
    provider    text        NOT NULL,
    org_id      text        NOT NULL,
    local_id    text        NOT NULL,
    invited_at  timestamp NOT NULL,
    PRIMARY KEY (tenant_id, provider, org_id, local_id)
);
--bun:split
-- What a push is about, departments or people, "" for both, and whether it may
-- remove at the office app.
ALTER TABLE thirdapp_sync_runs ADD COLUMN only_entity text NOT NULL DEFAULT '';
--bun:split
ALTER TABLE thirdapp_sync_runs ADD COLUMN deletes boolean NOT NULL DEFAULT FALSE;
