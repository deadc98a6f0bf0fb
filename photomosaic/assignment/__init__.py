"""Which tile is in which cell: closest, dithered, or within limits on repeats; arrays only."""
