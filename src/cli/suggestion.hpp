#pragma once
// Suggestion: what a mistyped command was probably meant to be.

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::cli {

/// The candidate that is nearest to what was typed; up to a third of the letters, and one more, may differ. Empty: none is near.
std::string nearest(std::string_view typed, const std::vector<std::string>& candidates);

/// The command line, with "help sync" as "sync --help"; the topics of `help` stay as they are.
std::vector<const char*> with_help_turned(CLI::App& parser, int argc, const char* const* argv);

/// The sentence for a word that stands where a command must stand and is none; nullopt: there is no such word.
std::optional<std::string> unknown_command(CLI::App& parser, int argc, const char* const* argv);

}  // namespace dcs::cli
