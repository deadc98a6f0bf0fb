"""The fold over the frames of a video, and clips as moving tiles."""
