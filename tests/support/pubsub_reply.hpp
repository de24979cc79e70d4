#pragma once
// PubsubReply: what Pub/Sub answers to a publish request that it takes.

#include "support/scripted_server.hpp"

namespace dcs::test {

/// So many messages are taken; their ids are m-`first` and on.
Reply taken(std::size_t messages, std::size_t first = 1);
/// All of a publish request are.
Reply take_all(const Asked& asked);

}  // namespace dcs::test
