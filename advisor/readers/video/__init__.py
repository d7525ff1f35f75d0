"""Clips: video files, and folders of frames."""
