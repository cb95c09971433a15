-- Rows of a message are written and removed together by this module. There are
-- no foreign keys and checks between them: they would cost a tenth of accepting
-- a message.
CREATE TABLE thirdapp_messages (
    tenant_id        text        NOT NULL,
    id               text        NOT NULL,
    provider         text        NOT NULL,
    app_id           text        NOT NULL,
    channel          text        NOT NULL,
    content          text        NOT NULL,
    degraded         text,
    everyone         boolean     NOT NULL,
    unbound          integer     NOT NULL,
    at_least_once    boolean     NOT NULL,
    -- The newest message with a key holds it: older ones lose theirs when it
    -- has run out and is used again.
    idempotency_key  text,
    fingerprint      text,
    created_by       text        NOT NULL,
    created_by_name  text        NOT NULL,
    expires_at       timestamp,
    created_at       timestamp   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
--bun:split
CREATE UNIQUE INDEX thirdapp_messages_key
    ON thirdapp_messages (tenant_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
--bun:split
-- What the office app is given in one call. Its state and failure are those of
-- all its deliveries that have no state of their own.
CREATE TABLE thirdapp_message_batches (
    tenant_id    text        NOT NULL,
    message_id   text        NOT NULL,
    number       integer     NOT NULL,
    state        text        NOT NULL,
    recipients   integer     NOT NULL,
    claim        text        NOT NULL,
    attempts     integer     NOT NULL,
    next_at      timestamp   NOT NULL,
    maybe_sent   boolean     NOT NULL,
    task_id      text        NOT NULL,
    request_id   text        NOT NULL,
    answer       text,
    failure      text,
    tracking     boolean     NOT NULL,
    tracks       integer     NOT NULL,
    -- How many deliveries have a state of their own, by state.
    counts       text,
    accepted_at  timestamp,
    updated_at   timestamp   NOT NULL,
    PRIMARY KEY (tenant_id, message_id, number)
);
--bun:split
-- One row per recipient; batch 0 holds those that are in none. state, failure
-- and updated_at are NULL as long as the batch's hold.
CREATE TABLE thirdapp_deliveries (
    tenant_id         text        NOT NULL,
    message_id        text        NOT NULL,
    batch             integer     NOT NULL,
    position          integer     NOT NULL,
    username          text        NOT NULL,
    user_id           text        NOT NULL,
    provider_user_id  text        NOT NULL,
    state             text,
    failure           text,
    updated_at        timestamp,
    PRIMARY KEY (tenant_id, message_id, batch, position)
);
