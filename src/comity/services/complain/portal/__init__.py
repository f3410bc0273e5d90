"""What other networks do by themselves in a browser: apply, prove, come back, see their own figures, leave."""
