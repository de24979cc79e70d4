#include "base/core_dumps.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace dcs {

void keep_out_of_core_dumps() noexcept {
    constexpr rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // a handler in core_pattern is not bound by the limit
}

}  // namespace dcs
