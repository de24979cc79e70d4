#pragma once
// Process: what the operating system knows of this process, under the names that Prometheus' own clients use.

#include "ops/metrics.hpp"

namespace dcs::ops {

/// Start, memory, processor time, open files; what cannot be read is left out.
std::vector<Reading> process_readings(Time started);

}  // namespace dcs::ops
