#pragma once
// Values: where a command may print what is clinical: on a terminal, or into a file that was asked for. What a pipe takes can end in
// a log.

#include <string>
#include <string_view>

namespace dcs::cli {

/// Told on standard error where --show has no such place.
inline constexpr std::string_view shown_where =
    "drchrono-sync: what --show prints is clinical: at a terminal, or with --out FILE\n";

/// Standard output is a terminal, or the file of print_into().
bool may_print_values();

/// From here on standard output is this file: a new one that nobody else may read. False: standard error says why not.
bool print_into(const std::string& path);

/// The command has ended with `status`: the file of print_into() goes if nothing was written into it. `path` empty: there is none.
int keep_what_was_printed(const std::string& path, int status);

}  // namespace dcs::cli
