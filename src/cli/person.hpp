#pragma once
// Person: who sits at the command line, for what is audited.

#include <string>

namespace dcs::cli {

/// "cli:" and the user's name; who became another user (sudo, su) is named by the one who signed in, where the kernel notes
/// that, and else, by root alone, as SUDO_USER says. Where the caller has said who they are (--as), that stands behind it, as a claim:
/// "cli:nobody as anna".
std::string person();
/// From here on. pre: a name that a user of the page could have.
void claim_person(std::string name);

}  // namespace dcs::cli
