-- Every login would write a page of this index. Without it the sessions that
-- have run out are found by reading all of them, every ten minutes.
DROP INDEX thirdapp_login_sessions_expires;
