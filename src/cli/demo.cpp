#include "cli/commands.hpp"

namespace dcs::cli {

int demo(const DemoOptions&) { return 1; }

}  // namespace dcs::cli
