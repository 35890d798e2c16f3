-- Of tables whose rows come and go no statistics help, and those of tables that only grow need no fresh ones every few seconds.
ALTER TABLE outbox SET (autovacuum_analyze_threshold = 2147483647);
ALTER TABLE inbox SET (autovacuum_analyze_scale_factor = 1);
ALTER TABLE idempotency_keys SET (autovacuum_analyze_scale_factor = 1);
