#pragma once
// The Pub/Sub emulator in tests: skipped loudly where it is not installed.

#include "simulator/pubsub_emulator.hpp"
#include "support/child_process.hpp"

namespace dcs::test {
using simulator::find_pubsub_emulator;
using simulator::PubsubEmulator;
}  // namespace dcs::test

/// Ends the test, loudly, where the emulator is not installed.
#define SKIP_WITHOUT_PUBSUB_EMULATOR()                                                                             \
    if (!dcs::simulator::find_pubsub_emulator()) {                                                                 \
        std::fputs("SKIPPED: the Pub/Sub emulator is not installed (gcloud components, or PUBSUB_EMULATOR_BIN)\n", \
                   stderr);                                                                                        \
        GTEST_SKIP() << "the Pub/Sub emulator is not installed";                                                   \
    }                                                                                                              \
    static_assert(true)
