#include "pg/statement.hpp"

#include "base/encoding.hpp"

#include <algorithm>

namespace dcs::pg {

void ArrayBuilder::separate() {
    if (text_.size() > 1) text_ += ',';
}

void ArrayBuilder::add_null() {
    separate();
    text_ += "NULL";
}

void ArrayBuilder::add(std::string_view value) {
    separate();
    text_ += '"';
    for (;;) {
        // Not find_first_of(): it looks every character up in the set by a call of its own.
        const auto special = static_cast<std::size_t>(
            std::ranges::find_if(value, [](char each) { return each == '"' || each == '\\'; }) - value.begin());
        text_ += value.substr(0, special);
        if (special == value.size()) break;
        text_ += '\\';
        text_ += value[special];
        value.remove_prefix(special + 1);
    }
    text_ += '"';
}

void ArrayBuilder::add(std::int64_t value) {
    separate();
    text_ += std::to_string(value);
}

void ArrayBuilder::add_bytes(std::string_view raw) {
    separate();
    text_ += R"("\\x)" + to_hex(raw) + '"';
}

std::string ArrayBuilder::take() && {
    text_ += '}';
    return std::move(text_);
}

std::string text_array(std::span<const std::string> values) {
    ArrayBuilder array;
    for (const auto& value : values) array.add(std::string_view{value});
    return std::move(array).take();
}

std::string bigint_array(std::span<const std::int64_t> values) {
    ArrayBuilder array;
    for (const auto value : values) array.add(value);
    return std::move(array).take();
}

}  // namespace dcs::pg
