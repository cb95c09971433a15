-- Which process holds the stream of an app's events, and how the stream is.
CREATE TABLE thirdapp_sync_streams (
    tenant_id     text NOT NULL,
    app_id        text NOT NULL,
    holder        text NOT NULL,
    held_until    timestamptz NOT NULL,
    -- NULL while it is not connected.
    connected_at  timestamptz,
    failure       jsonb,
    failed_at     timestamptz,
    PRIMARY KEY (tenant_id, app_id)
);
--bun:split
CREATE INDEX thirdapp_sync_streams_holder ON thirdapp_sync_streams (holder);
--bun:split
-- The apps that have one, of all tenants: processes ask every few seconds.
CREATE INDEX thirdapp_apps_streams ON thirdapp_apps (tenant_id, id)
    WHERE enabled AND settings ->> 'eventMode' = 'stream';
