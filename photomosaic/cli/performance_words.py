"""What happens in performance.py, put into words."""

from __future__ import annotations

import logging

from photomosaic.cli.words import log_notice, log_unreadable
from photomosaic.jobs.performance import PerformanceResult
from photomosaic.performance.plan import NotMeasured

log = logging.getLogger(__name__)


@log_notice.register
def _(notice: NotMeasured) -> None:
    log.warning("--%s %s", notice.what, notice.reason)


def performance_lines(result: PerformanceResult, *, verbose: bool) -> list[str]:
    """Log the photos that could not be read, and return the table."""
    log_unreadable(result.unreadable, verbose=verbose)
    return [result.table]
