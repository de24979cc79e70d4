#pragma once
// FaultPoint: a place at which a crash test can kill the process. Compiled in only with SYNC_FAULT_POINTS.

#include <string_view>

namespace dcs {

#ifdef SYNC_FAULT_POINTS
/// Kills the process (SIGKILL) when the environment says SYNC_KILL_AT=<name>, or <name>:<n> for its n-th passing.
void fault_point(std::string_view name);
#else
inline void fault_point(std::string_view) {}
#endif

}  // namespace dcs
