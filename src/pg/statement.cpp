#include "pg/statement.hpp"

namespace dcs::pg {

namespace {

constexpr std::uint32_t text_oid = 25;
constexpr std::uint32_t bytea_oid = 17;
constexpr std::uint32_t null_length = 0xFFFFFFFF;

/// As the protocol has it: four bytes, the highest first.
void append_number(std::string& out, std::uint32_t number) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>((number >> shift) & 0xFFU);
}

void append_quoted(std::string& out, std::string_view value) {
    out += '"';
    for (const char letter : value) {
        if (letter == '"' || letter == '\\') out += '\\';
        out += letter;
    }
    out += '"';
}

}  // namespace

void ArrayBuilder::add_null() {
    append_number(elements_, null_length);
    has_null_ = true;
    ++count_;
}

void ArrayBuilder::add(std::string_view value) {
    holds_nul_ = holds_nul_ || value.find('\0') != std::string_view::npos;
    add_element(value);
}

void ArrayBuilder::add(std::int64_t value) { add_element(std::to_string(value)); }

void ArrayBuilder::add_bytes(std::string_view raw) {
    type_ = Param::Type::bytea_array;
    add_element(raw);
}

void ArrayBuilder::add_element(std::string_view bytes) {
    append_number(elements_, static_cast<std::uint32_t>(bytes.size()));
    elements_ += bytes;
    ++count_;
}

Param ArrayBuilder::take() && {
    std::string encoded;
    encoded.reserve(elements_.size() + 20);
    append_number(encoded, count_ == 0 ? 0 : 1);  // dimensions
    append_number(encoded, has_null_ ? 1 : 0);
    append_number(encoded, type_ == Param::Type::bytea_array ? bytea_oid : text_oid);
    if (count_ > 0) {
        append_number(encoded, count_);
        append_number(encoded, 1);  // the first one's number
    }
    encoded += elements_;
    return Param::array(type_, std::move(encoded), !holds_nul_);
}

std::string text_array(std::span<const std::string> values) {
    std::string out{"{"};
    for (const auto& value : values) {
        if (out.size() > 1) out += ',';
        append_quoted(out, value);
    }
    return out + '}';
}

std::string bigint_array(std::span<const std::int64_t> values) {
    std::string out{"{"};
    for (const auto value : values) {
        if (out.size() > 1) out += ',';
        out += std::to_string(value);
    }
    return out + '}';
}

}  // namespace dcs::pg
