"""The one map: work spread over threads, processes, or the workers of a cluster."""
