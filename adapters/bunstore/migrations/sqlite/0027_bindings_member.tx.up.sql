-- In which tenants a member is bound was asked by logins before.
DROP INDEX thirdapp_bindings_member;
