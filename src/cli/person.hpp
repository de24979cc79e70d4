#pragma once
// Person: who sits at the command line, for what is audited.

#include <string>

namespace dcs::cli {

/// "cli:" and the user's name; who became root by sudo is named by the name before.
std::string person();

}  // namespace dcs::cli
