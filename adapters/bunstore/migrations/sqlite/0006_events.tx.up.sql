-- Endpoints that tenants want told of events. key_id and ciphertext are the
-- sealed signing secret, previous_* the one before, which signs until
-- previous_until.
CREATE TABLE thirdapp_subscriptions (
    tenant_id            text        NOT NULL,
    id                   text        NOT NULL,
    url                  text        NOT NULL,
    types                text        NOT NULL,
    enabled              boolean     NOT NULL,
    description          text        NOT NULL,
    version              integer     NOT NULL,
    key_id               text        NOT NULL,
    ciphertext           blob        NOT NULL,
    previous_key_id      text,
    previous_ciphertext  blob,
    previous_until       timestamp,
    last_status          integer     NOT NULL,
    last_reason          text        NOT NULL,
    last_at              timestamp,
    failing_since        timestamp,
    created_at           timestamp   NOT NULL,
    updated_at           timestamp   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
