DROP TABLE thirdapp_audit;
--bun:split
DROP TABLE thirdapp_grant_version;
--bun:split
DROP TABLE thirdapp_grants;
--bun:split
DROP TABLE thirdapp_app_secrets;
--bun:split
DROP TABLE thirdapp_apps;
