#pragma once
// SeenValues: writes down that a person sees the values of a payload that a command was given as a file.

#include <string>
#include <string_view>

namespace dcs::cli {

/// What the command itself has understood of a payload; empty: nothing.
struct Understood {
    std::string patient{};      // DrChrono's number
    std::string appointment{};  // DrChrono's number; the patient of a mirrored one is seen too
};

/// One row of access_log for each patient whom the payload, JSON, names, and for those whom the command has understood; one without
/// a patient where there is none. True: the values may
/// be shown. Where the settings name no database server, and there is no embedded one in DATA_DIR, there is no log to write into:
/// who has the file has its values already, and standard error says that nothing records it. A database that does not answer
/// shows nothing.
bool write_down_seen(std::string action, std::string_view payload, const Understood& understood);

}  // namespace dcs::cli
