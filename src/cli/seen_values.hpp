#pragma once
// SeenValues: writes down that a person sees the values of a payload that a command was given as a file.

#include <string>
#include <string_view>

namespace dcs::cli {

/// One row of access_log for each patient whom the payload, JSON, names; one without where it names none. True: the values may
/// be shown. Where the settings name no database server, and (`dev`) there is no embedded database, there is no log to write
/// into, and standard error says so; one that does not answer shows nothing.
bool write_down_seen(std::string action, std::string_view payload, bool dev);

}  // namespace dcs::cli
