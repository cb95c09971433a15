-- Endpoints that tenants want told of events. key_id and ciphertext are the
-- sealed signing secret, previous_* the one before, which signs until
-- previous_until.
CREATE TABLE thirdapp_subscriptions (
    tenant_id            text        NOT NULL,
    id                   text        NOT NULL,
    url                  text        NOT NULL,
    types                jsonb       NOT NULL,
    enabled              boolean     NOT NULL,
    description          text        NOT NULL,
    version              bigint      NOT NULL,
    key_id               text        NOT NULL,
    ciphertext           bytea       NOT NULL,
    previous_key_id      text,
    previous_ciphertext  bytea,
    previous_until       timestamptz,
    last_status          integer     NOT NULL,
    last_reason          text        NOT NULL,
    last_at              timestamptz,
    failing_since        timestamptz,
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
