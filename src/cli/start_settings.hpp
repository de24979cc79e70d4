#pragma once
// StartSettings: what every command does first: read the settings, set up the log, say what is wrong.

#include "app/settings.hpp"

#include <optional>

namespace dcs::cli {

/// nullopt: a setting is wrong; standard error says which.
std::optional<app::Settings> start_settings(bool dev);

}  // namespace dcs::cli
