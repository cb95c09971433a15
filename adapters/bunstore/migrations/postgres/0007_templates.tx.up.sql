-- One row for each name a tenant ever used, so that no version number is used
-- twice.
CREATE TABLE thirdapp_templates (
    tenant_id  text     NOT NULL,
    name       text     NOT NULL,
    version    integer  NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
--bun:split
CREATE TABLE thirdapp_template_versions (
    tenant_id        text         NOT NULL,
    name             text         NOT NULL,
    version          integer      NOT NULL,
    description      text         NOT NULL,
    contents         json         NOT NULL,
    variables        json,
    created_by       text         NOT NULL,
    created_by_name  text         NOT NULL,
    created_at       timestamptz  NOT NULL,
    PRIMARY KEY (tenant_id, name, version)
);
