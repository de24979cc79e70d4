#pragma once
// HostilePayloads: payloads of any size in shapes that nobody means, each of which costs some reader much.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::test {

struct HostileShape {
    std::string_view name;
    std::function<std::string(std::size_t bytes)> payload;  // JSON of an object, of about that many bytes
};
const std::vector<HostileShape>& hostile_shapes();

}  // namespace dcs::test
