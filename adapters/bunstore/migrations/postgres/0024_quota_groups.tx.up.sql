-- People who are counted together: each of them has had one message more, and
-- one more of this content. users are their ids, in an array.
CREATE TABLE thirdapp_quota_groups (
    tenant_id   text        NOT NULL,
    app_id      text        NOT NULL,
    ends        timestamptz NOT NULL,
    content     text        NOT NULL,
    message_id  text        NOT NULL,
    batch       integer     NOT NULL,
    users       json        NOT NULL,
    most        integer     NOT NULL,
    most_same   integer     NOT NULL,
    PRIMARY KEY (tenant_id, ends, app_id, content, message_id, batch)
);
--bun:split
-- Its people were in another batch of the message before.
ALTER TABLE thirdapp_message_batches ADD COLUMN moved boolean NOT NULL DEFAULT FALSE;
