"""What the pages of the desk show of filter, infected lines, flows and the playbook."""
