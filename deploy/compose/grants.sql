-- What the servers may do, once `migrate` and `publish` have created the tables; run as their owner.
GRANT SELECT, INSERT ON decisions TO decider;
GRANT SELECT, INSERT, DELETE ON idempotent_answers TO decider;
GRANT SELECT ON decision_log_version, history, history_pointer, history_sets TO decider;
