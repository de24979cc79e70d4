#pragma once
// Child processes in tests: the simulator's.

#include "simulator/child_process.hpp"

namespace dcs::test {
using simulator::ChildProcess;
using simulator::free_port;
using simulator::wait_for_port;
}  // namespace dcs::test
