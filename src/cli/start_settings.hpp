#pragma once
// StartSettings: what every command does first: read the settings, set up the log, say what is wrong.

#include "app/settings.hpp"

#include <optional>

namespace dcs::cli {

/// nullopt: a setting is wrong; standard error says which. On a person's terminal the log is text, and of commands that do not
/// serve only what is wrong, unless LOG_FORMAT or LOG_LEVEL is set.
std::optional<app::Settings> start_settings(bool dev, bool serves = false);

/// With --dev and in the demo: makes up the password of the admin page's user "dev".
void make_up_dev_user(app::Settings& settings);
/// Tells whoever started it where the admin page is and how to get in.
void print_dev_user(std::uint16_t port, const std::string& password);

}  // namespace dcs::cli
