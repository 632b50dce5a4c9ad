"""How many threads numpy's matrix products use. No torch here.

Our matrices are small: a second thread costs more in waiting than it gains, and on a busy machine
it makes a step tens of times slower. One thread a session also keeps other sessions responsive.
"""

import functools

from threadpoolctl import threadpool_limits


@functools.cache
def one_blas_thread() -> None:
    """Let BLAS use one thread in this process, from now on."""
    threadpool_limits(limits=1, user_api="blas")
