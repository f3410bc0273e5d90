"""What became of infested lines is measured: silence, survival, weights of sources, comparisons."""
