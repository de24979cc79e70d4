#include "base/core_dumps.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dcs {
namespace {

/// In a child: this process stays as it is.
TEST(CoreDumps, AreOff) {
    const auto child = ::fork();
    if (child == 0) {
        keep_out_of_core_dumps();
        rlimit limit{1, 1};
        const bool off = ::getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0 &&
                         ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
        ::_exit(off ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace dcs
