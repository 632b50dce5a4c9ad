"""How numpy multiplies matrices on this machine: with how many threads, and by which kernels.

No torch here. Our matrices are small: a second thread costs more in waiting than it gains, and on
a busy machine it makes a step tens of times slower. One thread a session also keeps other
sessions responsive.
"""

import functools

from threadpoolctl import threadpool_info, threadpool_limits

# OpenBLAS multiplies small matrices without repacking them on processors with AVX-512.
_DIRECT_KERNELS = {"SkylakeX", "Cooperlake", "SapphireRapids"}

# The largest product rows × inner × columns that takes those kernels
# (OpenBLAS, kernel/x86_64/sgemm_small_kernel_permit_skylakex.c).
DIRECT_LIMIT = 1_000_000


@functools.cache
def one_blas_thread() -> None:
    """Let BLAS use one thread in this process, from now on."""
    threadpool_limits(limits=1, user_api="blas")


@functools.cache
def multiplies_directly() -> bool:
    """Whether products up to DIRECT_LIMIT run unpacked here.

    Such a product is faster, and each of its rows comes out the same to the last bit however many
    rows there are from two on, so that a song in a batch is the song alone.
    """
    return any(
        library.get("architecture") in _DIRECT_KERNELS
        for library in threadpool_info()
        if library["internal_api"] == "openblas" and "numpy" in library["filepath"]
    )
