"""What a machine was measured to do, what a load asks of it, and which part of it ends first."""
