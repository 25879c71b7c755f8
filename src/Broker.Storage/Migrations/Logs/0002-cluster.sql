-- One row: whose database this is, and which releases may use it.
CREATE TABLE broker_cluster (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    cluster_id text,
    service_id text,
    instance_id uuid,
    previous_release integer NOT NULL,
    this_release integer NOT NULL CHECK (this_release >= previous_release)
);
