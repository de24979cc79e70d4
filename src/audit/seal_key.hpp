#pragma once
// SealKey: the keys that confirm seals. They derive from the service's secrets and are never in the database.
//
// Order      the first key makes new seals, all of them check old ones: a secret that was changed stays readable as the previous.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::audit {

struct SealKey {
    std::string id;     // 16 hexadecimal digits; tells nothing of the key
    std::string bytes;  // 32
};
using SealKeys = std::vector<SealKey>;

/// One key for each secret that is not empty, in their order, each once.
SealKeys seal_keys(const std::vector<std::string>& secrets);

/// nullptr: none of `keys` has this id.
const SealKey* find_key(const SealKeys& keys, std::string_view id);

}  // namespace dcs::audit
