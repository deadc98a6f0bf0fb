"""The page in a browser: forms made of the options, previews, and jobs that run beside it."""
