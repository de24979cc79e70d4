#include "resources/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace dcs {

namespace {

/// A value as its column holds it: absent (NULL), text, or malformed.
struct Converted {
    std::optional<std::string> value{};
    bool malformed = false;
};
const Converted none{};
const Converted refused{std::nullopt, true};

template <class Integer>
Converted to_integer(const Document& value) {
    const auto digits = value.as_id();
    if (digits.empty()) return value.is_null() || value.string() == "" ? none : refused;
    Integer number{};
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failed != std::errc{} || end != digits.data() + digits.size()) return refused;
    return {std::to_string(number)};
}

/// Digits with an optional sign and point: what `numeric` takes without a surprise.
Converted to_numeric(const Document& value) {
    const auto text = value.number() ? value.number() : value.string();
    if (!text) return value.is_null() ? none : refused;
    if (text->empty()) return none;
    const auto digits = text->substr(text->front() == '-' ? 1 : 0);
    const bool plain = !digits.empty() && digits.size() <= 40 &&
                       digits.find_first_not_of("0123456789.") == std::string_view::npos &&
                       std::ranges::count(digits, '.') <= 1 && digits.front() != '.' && digits.back() != '.';
    return plain ? Converted{std::string{*text}} : refused;
}

Converted to_date(const Document& value) {
    const auto text = value.string();
    if (!text) return value.is_null() ? none : refused;
    if (text->empty()) return none;
    const auto time = naive_time(*text);
    return time ? Converted{time->substr(0, 10)} : refused;
}

Converted to_wall_clock(const Document& value) {
    const auto text = value.string();
    if (!text) return value.is_null() ? none : refused;
    if (text->empty()) return none;
    return naive_time(*text) ? Converted{std::string{*text}} : refused;
}

Converted to_boolean(const Document& value) {
    if (value.is_null()) return none;
    const auto flag = value.boolean();
    return flag ? Converted{*flag ? "t" : "f"} : refused;
}

Converted to_text(const Document& value) {
    if (value.is_null()) return none;
    const auto text = value.string();
    return text ? Converted{std::string{*text}} : refused;
}

Converted to_id(const Document& value) {
    auto id = value.as_id();
    if (id.empty()) return value.is_null() || value.string() ? none : refused;
    return {std::move(id)};
}

Converted to_json(const Document& value) { return value.is_null() ? none : Converted{value.text()}; }

/// {"a","b"} of an array of texts; anything else in it makes the whole malformed.
Converted to_text_array(const Document& value) {
    if (value.is_null()) return none;
    if (!value.is_array()) return refused;
    std::string out{"{"};
    for (const auto& item : value.items()) {
        const auto text = item.string();
        if (!text) return refused;
        if (out.size() > 1) out += ',';
        out += '"';
        for (const char character : *text) {
            if (character == '"' || character == '\\') out += '\\';
            out += character;
        }
        out += '"';
    }
    return {out + '}'};
}

Converted convert(SqlType type, const Document& value) {
    switch (type) {
    case SqlType::text: return to_text(value);
    case SqlType::id: return to_id(value);
    case SqlType::bigint: return to_integer<std::int64_t>(value);
    case SqlType::integer: return to_integer<std::int32_t>(value);
    case SqlType::boolean: return to_boolean(value);
    case SqlType::date: return to_date(value);
    case SqlType::wall_clock: return to_wall_clock(value);
    case SqlType::numeric: return to_numeric(value);
    case SqlType::json: return to_json(value);
    case SqlType::text_array: return to_text_array(value);
    }
    return refused;
}

bool blank(const Document* value) { return !value || value->is_null() || value->string() == ""; }

/// NULL when none of the parts is there.
Converted object_of(std::span<const Column::Part> parts, const Document& record) {
    Document object{Document::Object{}};
    bool any = false;
    for (const auto& part : parts) {
        const auto* value = record.find(part.source);
        if (!value) continue;
        any = true;
        object.set(part.key, *value);
    }
    return any ? Converted{object.text()} : none;
}

Converted value_of(const Column& column, const Document& record) {
    if (!column.parts.empty()) return object_of(column.parts, record);
    const auto* value = record.find(column.from());
    for (const auto name : column.otherwise) {
        if (name.empty() || !blank(value)) break;
        if (const auto* other = record.find(name); !blank(other)) value = other;
    }
    return value ? convert(column.type, *value) : none;
}

/// Empties the text at "a.b"; an address that is absent, null or "" stays as it is.
void drop_address(Document& record, std::string_view path) {
    const auto point = path.find('.');
    const auto* at = record.find(path.substr(0, point));
    if (!at) return;
    if (point == std::string_view::npos) {
        if (!blank(at)) record.set(path, Document{});
        return;
    }
    auto inner = *at;
    drop_address(inner, path.substr(point + 1));
    if (inner.is_object()) record.set(path.substr(0, point), std::move(inner));
}

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    int value = 0;
    for (const char digit : text.substr(at, count)) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + (digit - '0');
    }
    return value;
}

}  // namespace

Mapped map_columns(const Resource& resource, const Document& record) {
    Mapped mapped;
    mapped.values.reserve(resource.columns.size());
    for (const auto& column : resource.columns) {
        auto converted = value_of(column, record);
        if (converted.malformed) mapped.malformed.emplace_back(column.name);
        mapped.values.push_back(std::move(converted.value));
    }
    return mapped;
}

std::optional<std::string> map_column(const Resource& resource, std::string_view column, const Document& record) {
    for (const auto& each : resource.columns)
        if (each.name == column) return value_of(each, record).value;
    return std::nullopt;
}

std::optional<std::string> naive_time(std::string_view text) {
    const auto year = digits(text, 0, 4);
    const auto month = digits(text, 5, 2);
    const auto day = digits(text, 8, 2);
    if (!year || !month || !day || text[4] != '-' || text[7] != '-') return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *year < 1) return std::nullopt;
    if (text.size() == 10) return fmt::format("{}T00:00:00", text);

    const auto hour = digits(text, 11, 2);
    const auto minute = digits(text, 14, 2);
    const auto second = digits(text, 17, 2);
    if (!hour || !minute || !second || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
        return std::nullopt;
    if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    const auto rest = text.substr(19);
    const bool fraction = rest.size() > 1 && rest.size() <= 7 && rest.front() == '.' &&
                          rest.find_first_not_of("0123456789", 1) == std::string_view::npos;
    if (!rest.empty() && !fraction) return std::nullopt;
    return fmt::format("{}T{}", text.substr(0, 10), text.substr(11));
}

void strip_unstored(const Resource& resource, std::span<const std::string> omitted, Document& record) {
    for (const auto path : resource.volatile_fields) drop_address(record, path);
    if (!omitted.empty()) record.remove_fields(omitted);
}

}  // namespace dcs
