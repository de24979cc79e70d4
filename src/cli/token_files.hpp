#pragma once
// TokenFiles: granted tokens as files that are named like the settings, for a secret store or for NAME_FILE.

#include "upstream/token_endpoint.hpp"

#include <filesystem>

namespace dcs::cli {

/// Whether the files can be made: to be asked before a person is troubled. bad_input: says why not.
Result<> can_write_tokens(const std::filesystem::path& directory);

/// DRCHRONO_ACCESS_TOKEN and, where there is one, DRCHRONO_REFRESH_TOKEN, for their owner's eyes alone; earlier ones are replaced.
/// unavailable: what could not be written.
Result<> write_tokens(const std::filesystem::path& directory, const upstream::Granted& granted);

}  // namespace dcs::cli
