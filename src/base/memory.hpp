#pragma once
// Memory: what the allocator does with large blocks.

namespace dcs {

/// From here on a block of 256 KB or more (a page of DrChrono's, a body) goes back to the system as soon as it is freed, and
/// threads share two arenas: glibc otherwise learns from the first large block to keep them all, in one arena a thread.
/// To be called once, before other threads begin. Source: mallopt(3), M_MMAP_THRESHOLD, M_ARENA_MAX.
void return_large_blocks();

}  // namespace dcs
