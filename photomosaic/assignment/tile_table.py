"""Tiles as they are compared in the joint choice: in a small basis, with their squares at hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.canvas import Kind
from photomosaic.assignment.energy import CellSlope, Viewing
from photomosaic.matching.metrics import lowest_cosines

# Cosine coefficients of a tile's luma and of either chroma that the blurs let through.
LUMA_TERMS, CHROMA_TERMS = 24, 8
PAIRS = (0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)


@dataclass(frozen=True)
class Table:
    """Tiles in a small basis, and their squares under the blurs' responses.

    Attributes
    ----------
    samples : ndarray of shape (N, 3, h * w), float32
        In opponent coordinates.
    bases : tuple of three ndarrays of shape (terms, h * w)
        Of each channel.
    responses : tuple of two ndarrays of shape (h * w, h * w)
        Of colour and of edges.
    rows : ndarray of shape (N, all terms + 7)
        Coefficients of each tile; the products of any two of its channels under the response of
        colour; and the square of luma under that of edges.
    """

    samples: Floats
    bases: tuple[Floats, Floats, Floats]
    responses: tuple[Floats, Floats]
    rows: Floats

    @classmethod
    def of(cls, viewing: Viewing, kind: Kind, samples: Floats) -> Table:
        """Return tiles with channels (N, 3, h * w), in cells of a kind, in the basis."""
        height, width = kind.tile
        luma = lowest_cosines(height, width, LUMA_TERMS)
        chroma = lowest_cosines(height, width, CHROMA_TERMS)
        bases = luma, chroma, chroma
        colour, edges = viewing.responses(kind)
        parts = [samples[:, c] @ basis.T for c, basis in enumerate(bases)]
        squares = [
            np.einsum("nt,nt->n", parts[c] @ (bases[c] @ colour @ bases[d].T), parts[d])
            * (1 if c == d else 2)
            for c, d in PAIRS
        ]
        squares.append(np.einsum("nt,nt->n", parts[0] @ (luma @ edges @ luma.T), parts[0]))
        rows = np.concatenate([*parts, np.stack(squares, axis=1)], axis=1).astype(np.float32)
        return cls(samples, bases, (colour, edges), rows)

    def costs(self, chosen: Ids, now: Ids, cells: CellSlope) -> Floats:
        """Return the energies of cells with each of their chosen tiles, (n, k), but for a constant.

        `now` are the cells' tiles, (n,).
        """
        here, (slope, colour, edges) = self.samples[now], cells
        own = np.matmul(colour, here @ self.responses[0])
        own[:, 0] += edges[:, None] * (here[:, 0] @ self.responses[1])
        linear = [(slope - own)[:, c] @ (2 * basis.T) for c, basis in enumerate(self.bases)]
        weights = [colour[:, c, d, None] for c, d in PAIRS]
        columns = np.concatenate([*linear, *weights, edges[:, None]], axis=1)
        return np.asarray(np.matmul(self.rows[chosen], columns[..., None])[..., 0], np.float32)
