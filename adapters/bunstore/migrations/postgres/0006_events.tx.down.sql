DROP TABLE thirdapp_subscriptions;
