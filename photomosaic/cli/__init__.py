"""What the scripts share: options, savepaths, progress, the error boundary."""
