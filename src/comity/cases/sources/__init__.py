"""What sources of feedback are worth: who they are, how often they were right, and what about them should alarm somebody."""
