CREATE INDEX thirdapp_login_sessions_expires ON thirdapp_login_sessions (expires_at);
