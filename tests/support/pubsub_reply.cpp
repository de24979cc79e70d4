#include "support/pubsub_reply.hpp"

#include "base/document.hpp"

#include <fmt/format.h>

namespace dcs::test {

Reply taken(std::size_t messages, std::size_t first) {
    std::string ids;
    for (std::size_t at = 0; at < messages; ++at) ids += fmt::format(R"({}"m-{}")", ids.empty() ? "" : ",", first + at);
    return {.body = fmt::format(R"({{"messageIds":[{}]}})", ids)};
}

Reply take_all(const Asked& asked) {
    const auto published = Document::parse(asked.body);
    const auto* messages = published ? published->value.find("messages") : nullptr;
    return messages ? taken(messages->items().size()) : Reply{.status = 400};
}

}  // namespace dcs::test
