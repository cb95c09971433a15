-- What a message needs besides: other channels, parts, templates, a time to be
-- sent at, people who are looked up later, recall.
ALTER TABLE thirdapp_messages ADD COLUMN webhook text NOT NULL DEFAULT '';
--bun:split
ALTER TABLE thirdapp_messages ADD COLUMN parts json;
--bun:split
ALTER TABLE thirdapp_messages ADD COLUMN template_name text NOT NULL DEFAULT '';
--bun:split
ALTER TABLE thirdapp_messages ADD COLUMN template json;
--bun:split
ALTER TABLE thirdapp_messages ADD COLUMN mentions json;
--bun:split
ALTER TABLE thirdapp_messages ADD COLUMN duplicates json;
--bun:split
-- NULL when nobody is to be looked up any more.
ALTER TABLE thirdapp_messages ADD COLUMN selection json;
--bun:split
ALTER TABLE thirdapp_messages ADD COLUMN send_at timestamptz;
--bun:split
ALTER TABLE thirdapp_messages ADD COLUMN recall_at timestamptz;
--bun:split
-- When somebody last cancelled or recalled the message.
ALTER TABLE thirdapp_messages ADD COLUMN cancelled_at timestamptz;
--bun:split
-- The number of the last batch.
ALTER TABLE thirdapp_messages ADD COLUMN batches integer NOT NULL DEFAULT 0;
--bun:split
UPDATE thirdapp_messages SET batches = (
    SELECT count(*) FROM thirdapp_message_batches b
    WHERE b.tenant_id = thirdapp_messages.tenant_id AND b.message_id = thirdapp_messages.id
);
--bun:split
-- From 1 in a split message, else 0. A part of 2 or more follows the batch with
-- the number before, except when follows is false.
ALTER TABLE thirdapp_message_batches ADD COLUMN part integer NOT NULL DEFAULT 0;
--bun:split
ALTER TABLE thirdapp_message_batches ADD COLUMN follows boolean NOT NULL DEFAULT false;
--bun:split
ALTER TABLE thirdapp_message_batches ADD COLUMN recall_failure json;
--bun:split
CREATE INDEX thirdapp_message_batches_task
    ON thirdapp_message_batches (tenant_id, task_id) WHERE task_id <> '';
--bun:split
CREATE INDEX thirdapp_message_batches_waiting
    ON thirdapp_message_batches (tenant_id, message_id, number) WHERE state IN ('pending', 'scheduled');
--bun:split
-- Counters of the office apps' quotas. ends is the end of the window of time.
CREATE TABLE thirdapp_quota_uses (
    tenant_id  text        NOT NULL,
    app_id     text        NOT NULL,
    quota      text        NOT NULL,
    subject    text        NOT NULL,
    ends       timestamptz NOT NULL,
    used       integer     NOT NULL,
    most       integer     NOT NULL,
    PRIMARY KEY (tenant_id, app_id, quota, subject, ends)
);
--bun:split
CREATE TABLE thirdapp_media (
    tenant_id    text        NOT NULL,
    app_id       text        NOT NULL,
    kind         text        NOT NULL,
    hash         text        NOT NULL,
    provider     text        NOT NULL,
    name         text        NOT NULL,
    size         bigint      NOT NULL,
    media_id     text        NOT NULL,
    expires_at   timestamptz,
    uploaded_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, app_id, kind, hash)
);
--bun:split
-- Groups' webhooks. url and sign_secret are sealed; their keys are the ids of
-- the keys that sealed them.
CREATE TABLE thirdapp_webhooks (
    tenant_id         text        NOT NULL,
    name              text        NOT NULL,
    provider          text        NOT NULL,
    description       text        NOT NULL,
    url               bytea       NOT NULL,
    url_key           text        NOT NULL,
    sign_secret       bytea,
    sign_secret_key   text        NOT NULL,
    keywords          json,
    enabled           boolean     NOT NULL,
    version           integer     NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
--bun:split
CREATE TABLE thirdapp_message_settings (
    tenant_id       text        NOT NULL PRIMARY KEY,
    retention_days  integer     NOT NULL,
    paused          boolean     NOT NULL,
    updated_by      text        NOT NULL,
    updated_at      timestamptz NOT NULL
);
