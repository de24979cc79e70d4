#pragma once
// Address: a host's name as numeric addresses, without blocking the loop as libpq's own look-up would.

#include "base/async.hpp"

#include <string>
#include <vector>

namespace dcs::pg {

/// Whether the way to `host` does not leave this machine, as far as its name tells: a socket, loopback, or nothing at all.
bool is_this_machine(const std::string& host);

/// Empty when `host` needs no look-up: a socket directory, an abstract socket, a numeric address, or nothing at all.
/// Fault::unavailable: unknown, or no answer within `limit`.
Async<Result<std::vector<std::string>>> addresses_of(std::string host, std::chrono::milliseconds limit);

}  // namespace dcs::pg
