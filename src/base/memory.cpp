#include "base/memory.hpp"

#include <malloc.h>

namespace dcs {

void return_large_blocks() {
    ::mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    ::mallopt(M_ARENA_MAX, 2);
}

}  // namespace dcs
