DROP TABLE thirdapp_template_versions;
--bun:split
DROP TABLE thirdapp_templates;
