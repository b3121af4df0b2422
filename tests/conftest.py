"""What holds for the tests and for every process they start.

They decode on one thread, see `sapcore.threads`; and they can be interrupted, which a shell's background jobs ignore.
"""

import os
import signal

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
signal.signal(signal.SIGINT, signal.default_int_handler)
