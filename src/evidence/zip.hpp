#pragma once
// Zip: named contents as one ZIP file: the same contents and time give the same bytes.

#include "base/clock.hpp"
#include "base/error.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace dcs::evidence {

using Files = std::vector<std::pair<std::string, std::string>>;  // name and content, in the order of the ZIP

/// Writes a new file that nobody else may read; there under its name only when it is whole. Every member has the time `at`
/// (UTC, to two seconds, 1980 at the earliest). bad_input: there is such a file already. rejected: it cannot be written.
Result<> write_zip(const std::filesystem::path& path, const Files& files, Time at);

}  // namespace dcs::evidence
