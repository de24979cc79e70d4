#pragma once
// CoreDumps: none of this process: its memory holds secrets and patients' records.

namespace dcs {

/// No core file (RLIMIT_CORE 0, which child processes inherit), none through a handler either (PR_SET_DUMPABLE 0), and no
/// other process of the same user may read our memory or our environment.
void keep_out_of_core_dumps() noexcept;

}  // namespace dcs
