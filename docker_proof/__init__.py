"""Tries the Dockerfile and its image without Docker: in a Debian root that debootstrap makes."""
