-- What a person is bound to, at any office app: each login asks, and each page
-- of a push. The person comes first, so that nobody takes it for a way to a
-- whole tenant.
CREATE INDEX thirdapp_bindings_by_person ON thirdapp_bindings (person_id, tenant_id);
--bun:split
-- Who somebody was at the office app, asked for each person that is pushed.
CREATE INDEX thirdapp_sync_people_by_person ON thirdapp_sync_people (local_id, tenant_id);
