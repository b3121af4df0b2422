"""Tests decode on one thread, in this process and in those it starts: see `sapcore.threads`."""

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
