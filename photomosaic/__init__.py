"""Photomosaics of pictures out of a folder of photos."""

from __future__ import annotations

import os

# Idle threads of the linear algebra and of faiss wait by spinning, which takes the cores from the
# threads beside them. Read when these libraries are loaded; what the user has set is kept.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# Pillow's pictures are held in pieces, and small ones stay with the process when they are freed;
# those above 32 MB go back to the system (M_MMAP_THRESHOLD in mallopt(3)).
os.environ.setdefault("PILLOW_BLOCK_SIZE", "64m")

__version__ = "0.1.0"
