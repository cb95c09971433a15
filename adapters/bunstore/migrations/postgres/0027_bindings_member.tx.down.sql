CREATE INDEX thirdapp_bindings_member ON thirdapp_bindings (provider, org_id, provider_user_id);
