"""When a photo was taken: from the file itself, files beside it, its name or the file's time."""
