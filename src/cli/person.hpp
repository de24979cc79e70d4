#pragma once
// Person: who sits at the command line, for what is audited.

#include <string>

namespace dcs::cli {

/// "cli:" and the user's name; who became another user (sudo, su) is named by the one who signed in, where the kernel notes
/// that, and else, by root alone, as SUDO_USER says.
std::string person();

}  // namespace dcs::cli
