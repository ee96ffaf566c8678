-- What the servers may do, once `migrate` and `publish` have created the tables; run as their owner.
GRANT SELECT, INSERT ON decisions, contracts TO decider;
GRANT SELECT, INSERT, DELETE ON idempotent_answers TO decider;
GRANT SELECT ON decision_log_version, history, history_pointer, history_sets TO decider;
-- And what the desk may: it reads all, and adds looks, contests and people's answers.
GRANT SELECT ON decisions, contracts, contests, overrides, looks, decision_log_version TO desk;
GRANT SELECT ON history, history_pointer, history_sets TO desk;
GRANT INSERT ON contests, overrides, looks TO desk;
