"""What the command line ends with; 0 is success and nothing else."""

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130  # as shells report Ctrl-C
