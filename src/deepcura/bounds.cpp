#include "deepcura/bounds.hpp"

#include <utility>

namespace dcs::deepcura {

std::string_view beginning(std::string_view text, std::size_t bytes) noexcept {
    if (text.size() <= bytes) return text;
    constexpr std::size_t longest_character = 4;
    auto end = bytes;
    while (end > 0 && bytes - end < longest_character && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return text.substr(0, end);
}

bool Allowance::take_value() noexcept {
    if (values == 0 || bytes == 0) {
        cut = true;
        return false;
    }
    --values;
    return true;
}

std::string_view Allowance::take_text(std::string_view text) noexcept {
    const auto taken = beginning(text, bytes);
    cut = cut || taken.size() < text.size();
    bytes = taken.size() < text.size() ? 0 : bytes - taken.size();
    return taken;
}

Document limited(const Document& value, Allowance& left) {
    if (const auto text = value.string()) return Document{std::string{left.take_text(*text)}};
    if (value.is_array()) {
        Document::Array items;
        for (const auto& each : value.items()) {
            if (!left.take_value()) break;
            items.push_back(limited(each, left));
        }
        return Document{std::move(items)};
    }
    if (value.is_object()) {
        Document::Object members;
        for (const auto& [name, each] : value.members()) {
            if (!left.take_value()) break;
            members.emplace_back(std::string{left.take_text(name)}, limited(each, left));
        }
        return Document{std::move(members)};
    }
    return value;
}

}  // namespace dcs::deepcura
