"""Cases go through their playbook, and what is decided is done."""
