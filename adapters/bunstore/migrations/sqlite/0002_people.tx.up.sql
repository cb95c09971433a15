-- The platform's own people and departments: the default implementation behind
-- the directory sync. People belong to the platform, memberships to a tenant.
CREATE TABLE thirdapp_people (
    id                    text        PRIMARY KEY,
    username              text        NOT NULL,
    realname              text        NOT NULL,
    phone                 text,
    email                 text,
    avatar_url            text        NOT NULL,
    disabled              boolean     NOT NULL,
    password_hash         text        NOT NULL,
    must_change_password  boolean     NOT NULL,
    created_at            timestamp   NOT NULL,
    updated_at            timestamp   NOT NULL
);
--bun:split
CREATE UNIQUE INDEX thirdapp_people_username ON thirdapp_people (username);
--bun:split
CREATE UNIQUE INDEX thirdapp_people_phone ON thirdapp_people (phone);
--bun:split
CREATE UNIQUE INDEX thirdapp_people_email ON thirdapp_people (lower(email));
--bun:split
CREATE TABLE thirdapp_memberships (
    tenant_id   text        NOT NULL,
    person_id   text        NOT NULL REFERENCES thirdapp_people (id),
    state       text        NOT NULL,
    work_no     text        NOT NULL,
    title       text        NOT NULL,
    created_at  timestamp   NOT NULL,
    updated_at  timestamp   NOT NULL,
    PRIMARY KEY (tenant_id, person_id),
    CHECK (state IN ('active', 'pending', 'suspended'))
);
--bun:split
CREATE INDEX thirdapp_memberships_person ON thirdapp_memberships (person_id);
--bun:split
CREATE TABLE thirdapp_departments (
    tenant_id   text        NOT NULL,
    id          text        NOT NULL,
    parent_id   text        NOT NULL,
    name        text        NOT NULL,
    sort_order  integer      NOT NULL,
    provider    text        NOT NULL,
    org_id      text        NOT NULL,
    remote_id   text        NOT NULL,
    created_at  timestamp   NOT NULL,
    updated_at  timestamp   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
--bun:split
CREATE UNIQUE INDEX thirdapp_departments_remote
    ON thirdapp_departments (tenant_id, provider, org_id, remote_id) WHERE remote_id <> '';
--bun:split
CREATE INDEX thirdapp_departments_parent ON thirdapp_departments (tenant_id, parent_id);
--bun:split
CREATE TABLE thirdapp_department_members (
    tenant_id      text    NOT NULL,
    department_id  text    NOT NULL,
    person_id      text    NOT NULL,
    leader         boolean NOT NULL,
    sort_order     integer  NOT NULL,
    PRIMARY KEY (tenant_id, department_id, person_id),
    FOREIGN KEY (tenant_id, department_id) REFERENCES thirdapp_departments (tenant_id, id) ON DELETE CASCADE
);
--bun:split
CREATE INDEX thirdapp_department_members_person ON thirdapp_department_members (tenant_id, person_id);
--bun:split
-- Who a person is at an office app. person_id is the platform's user id, of a
-- row above or of the host's own user table.
CREATE TABLE thirdapp_bindings (
    tenant_id         text        NOT NULL,
    provider          text        NOT NULL,
    org_id            text        NOT NULL,
    provider_user_id  text        NOT NULL,
    union_id          text        NOT NULL,
    person_id         text        NOT NULL,
    active            boolean     NOT NULL,
    created_at        timestamp   NOT NULL,
    updated_at        timestamp   NOT NULL,
    PRIMARY KEY (tenant_id, provider, org_id, provider_user_id)
);
--bun:split
CREATE UNIQUE INDEX thirdapp_bindings_person ON thirdapp_bindings (tenant_id, provider, org_id, person_id);
