-- The cluster's send lease: the first node's that starts. The others must have the same.
ALTER TABLE broker_cluster ADD COLUMN send_lease interval;
