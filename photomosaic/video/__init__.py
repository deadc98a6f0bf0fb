"""Videos to frames and back, through ffmpeg."""
