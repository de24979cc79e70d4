#include "base/document.hpp"

#include "base/repair.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <charconv>

namespace dcs {

namespace {

constexpr std::size_t max_depth = 500;

/// Receives the parser's events and builds the value from the inside out.
struct Builder {
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
    using error_code = boost::system::error_code;
    using string_view = boost::json::string_view;

    std::vector<Document::Array> arrays;    // of the arrays that are open
    std::vector<Document::Object> objects;  // of the objects that are open
    std::vector<std::string> names;         // of the members whose value is being read
    std::vector<bool> in_object;            // for each open array or object
    std::string partial;                    // of a string, name or number that comes in parts
    Document root;
    bool altered = false;  // a number became text

    void put(Document value) {
        if (in_object.empty()) {
            root = std::move(value);
        } else if (in_object.back()) {
            objects.back().emplace_back(std::move(names.back()), std::move(value));
            names.pop_back();
        } else {
            arrays.back().push_back(std::move(value));
        }
    }
    std::string finish(string_view last) {
        partial.append(last.data(), last.size());
        return std::exchange(partial, {});
    }
    bool part(string_view text) {
        partial.append(text.data(), text.size());
        return true;
    }
    bool number(string_view last) {
        auto digits = finish(last);
        if (storable(digits)) {
            put(Document{Document::Number{std::move(digits)}});
        } else {
            altered = true;
            put(Document{std::move(digits)});
        }
        return true;
    }
    /// jsonb writes numbers out, 1e3 as 1000, and refuses those of more than some 131,000 digits; nobody means them. By the
    /// length written out at most, so that what was stored as a number is read as one.
    static bool storable(std::string_view digits) {
        constexpr std::size_t longest = 400;
        const auto e = digits.find_first_of("eE");
        if (e == std::string_view::npos) return digits.size() <= longest;
        auto power = digits.substr(e + 1);
        power.remove_prefix(power.starts_with('+') || power.starts_with('-') ? 1 : 0);
        power.remove_prefix(std::min(power.find_first_not_of('0'), power.size()));
        std::size_t zeros = 0;
        std::from_chars(power.data(), power.data() + power.size(), zeros);
        constexpr std::size_t point = 2;  // "0." in front of a fraction
        return power.size() <= 3 && e + zeros + point <= longest;
    }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        objects.emplace_back();
        in_object.push_back(true);
        return true;
    }
    bool on_object_end(std::size_t, error_code&) {
        auto members = std::move(objects.back());
        objects.pop_back();
        in_object.pop_back();
        put(Document{last_of_each(std::move(members))});
        return true;
    }
    bool on_array_begin(error_code&) {
        arrays.emplace_back();
        in_object.push_back(false);
        return true;
    }
    bool on_array_end(std::size_t, error_code&) {
        auto items = std::move(arrays.back());
        arrays.pop_back();
        in_object.pop_back();
        put(Document{std::move(items)});
        return true;
    }
    bool on_key_part(string_view text, std::size_t, error_code&) { return part(text); }
    bool on_key(string_view last, std::size_t, error_code&) {
        names.push_back(finish(last));
        return true;
    }
    bool on_string_part(string_view text, std::size_t, error_code&) { return part(text); }
    bool on_string(string_view last, std::size_t, error_code&) {
        put(Document{finish(last)});
        return true;
    }
    bool on_number_part(string_view text, error_code&) { return part(text); }
    bool on_int64(std::int64_t, string_view last, error_code&) { return number(last); }
    bool on_uint64(std::uint64_t, string_view last, error_code&) { return number(last); }
    bool on_double(double, string_view last, error_code&) { return number(last); }
    bool on_bool(bool flag, error_code&) {
        put(Document{flag});
        return true;
    }
    bool on_null(error_code&) {
        put(Document{});
        return true;
    }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

    /// Keeps the last value of a name that comes more than once, at the place of its first.
    static Document::Object last_of_each(Document::Object members) {
        std::vector<std::size_t> order(members.size());
        for (std::size_t at = 0; at < order.size(); ++at) order[at] = at;
        const auto name_at = [&](std::size_t at) -> const std::string& { return members[at].first; };
        std::ranges::stable_sort(order, {}, name_at);
        const auto repeated = std::ranges::adjacent_find(order, {}, name_at);
        if (repeated == order.end()) return members;

        std::vector<bool> dropped(members.size());
        for (std::size_t at = 0; at < order.size();) {
            auto last = at;
            while (last + 1 < order.size() && name_at(order[last + 1]) == name_at(order[at])) ++last;
            if (last != at) members[order[at]].second = std::move(members[order[last]].second);
            for (auto later = at + 1; later <= last; ++later) dropped[order[later]] = true;
            at = last + 1;
        }
        Document::Object kept;
        for (std::size_t at = 0; at < members.size(); ++at)
            if (!dropped[at]) kept.push_back(std::move(members[at]));
        return kept;
    }
};

bool is_plain(char character) {
    return static_cast<unsigned char>(character) >= 0x20 && character != '"' && character != '\\';
}

void append_escaped(std::string& out, char character) {
    constexpr std::string_view digits = "0123456789abcdef";
    switch (character) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
        out += "\\u00";
        out += digits[static_cast<unsigned char>(character) >> 4];
        out += digits[static_cast<unsigned char>(character) & 15];
    }
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto plain = static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
        out += text.substr(0, plain);
        if (plain == text.size()) break;
        append_escaped(out, text[plain]);
        text.remove_prefix(plain + 1);
    }
    out += '"';
}

std::vector<const Document::Member*> sorted_members(const Document::Object& members) {
    std::vector<const Document::Member*> sorted;
    sorted.reserve(members.size());
    for (const auto& member : members) sorted.push_back(&member);
    std::ranges::sort(sorted, {}, [](const auto* member) -> const std::string& { return member->first; });
    return sorted;
}

void write(const Document& document, bool sorted, std::string& out) {
    if (document.is_null()) {
        out += "null";
    } else if (const auto flag = document.boolean()) {
        out += *flag ? "true" : "false";
    } else if (const auto digits = document.number()) {
        out += *digits;
    } else if (const auto text = document.string()) {
        append_quoted(out, *text);
    } else if (document.is_array()) {
        char before = '[';
        for (const auto& item : document.items()) {
            out += std::exchange(before, ',');
            write(item, sorted, out);
        }
        out += document.items().empty() ? "[]" : "]";
    } else {
        char before = '{';
        const auto member = [&](const Document::Member& each) {
            out += std::exchange(before, ',');
            append_quoted(out, each.first);
            out += ':';
            write(each.second, sorted, out);
        };
        if (sorted)
            for (const auto* each : sorted_members(document.members())) member(*each);
        else
            for (const auto& each : document.members()) member(each);
        out += document.members().empty() ? "{}" : "}";
    }
}

}  // namespace

namespace {

/// `altered`: `text` is not what came. `quoted`: its absurd numbers are texts.
Result<Document::Parsed> parse_text(std::string_view text, bool altered, bool quoted = false) {
    boost::json::parse_options options;
    options.max_depth = max_depth;
    boost::json::basic_parser<Builder> parser{options};
    boost::system::error_code failed;
    auto used = parser.write_some(false, text.data(), text.size(), failed);
    while (!failed && used < text.size() && std::string_view{" \t\r\n"}.find(text[used]) != std::string_view::npos)
        ++used;
    if (!failed && used < text.size()) failed = boost::json::error::extra_data;
    if (failed == boost::json::error::exponent_overflow && !quoted)
        return parse_text(quote_absurd_numbers(text), true, true);
    if (failed) return Error{Fault::bad_input, "not JSON: " + failed.message()};
    return Document::Parsed{std::move(parser.handler().root), altered || parser.handler().altered};
}

}  // namespace

Result<Document::Parsed> Document::parse(std::string_view bytes) {
    const auto repaired = repair_json(bytes);
    return parse_text(repaired ? std::string_view{*repaired} : bytes, repaired.has_value());
}

std::optional<bool> Document::boolean() const noexcept {
    const auto* flag = std::get_if<bool>(&value_);
    return flag ? std::optional{*flag} : std::nullopt;
}

std::optional<std::string_view> Document::string() const noexcept {
    const auto* text = std::get_if<std::string>(&value_);
    return text ? std::optional<std::string_view>{*text} : std::nullopt;
}

std::optional<std::string_view> Document::number() const noexcept {
    const auto* number = std::get_if<Number>(&value_);
    return number ? std::optional<std::string_view>{number->digits} : std::nullopt;
}

const Document::Array& Document::items() const noexcept {
    static const Array none;
    const auto* items = std::get_if<Array>(&value_);
    return items ? *items : none;
}

const Document::Object& Document::members() const noexcept {
    static const Object none;
    const auto* members = std::get_if<Object>(&value_);
    return members ? *members : none;
}

const Document* Document::find(std::string_view name) const noexcept {
    for (const auto& [key, value] : members())
        if (key == name) return &value;
    return nullptr;
}

const Document* Document::find(std::initializer_list<std::string_view> path) const noexcept {
    const Document* at = this;
    for (const auto name : path) {
        at = at->find(name);
        if (!at) return nullptr;
    }
    return at;
}

std::string Document::as_id() const {
    std::string_view text;
    if (const auto digits = number()) {
        if (digits->find_first_of("eE") != std::string_view::npos) return {};
        const auto point = std::min(digits->find('.'), digits->size());
        if (digits->find_first_not_of('0', std::min(point + 1, digits->size())) != std::string_view::npos) return {};
        text = digits->substr(0, point);  // 8001.0 is 8001
    } else if (const auto characters = string()) {
        text = *characters;
    }
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return std::string{text.substr(first, text.find_last_not_of(blank) - first + 1)};
}

bool Document::set(std::string_view name, Document value) {
    if (is_null()) value_ = Object{};
    auto* members = std::get_if<Object>(&value_);
    if (members == nullptr) return false;
    const auto found = std::ranges::find(*members, name, &Member::first);
    if (found != members->end()) found->second = std::move(value);
    else members->emplace_back(std::string{name}, std::move(value));
    return true;
}

bool Document::remove(std::string_view name) {
    auto* members = std::get_if<Object>(&value_);
    return members && std::erase_if(*members, [&](const Member& member) { return member.first == name; }) > 0;
}

bool Document::remove_fields(std::span<const std::string> names) {
    bool removed = false;
    if (auto* members = std::get_if<Object>(&value_)) {
        removed = std::erase_if(*members, [&](const Member& member) {
                      return std::ranges::find(names, member.first) != names.end();
                  }) > 0;
        for (auto& [name, value] : *members) removed |= value.remove_fields(names);
    } else if (auto* items = std::get_if<Array>(&value_)) {
        for (auto& item : *items) removed |= item.remove_fields(names);
    }
    return removed;
}

std::string Document::text() const {
    std::string out;
    write(*this, false, out);
    return out;
}

std::string Document::canonical() const {
    std::string out;
    write(*this, true, out);
    return out;
}

namespace {

/// A number's value: digits without zeros at either end, times ten to the exponent.
struct Decimal {
    bool negative = false;
    std::string digits{};
    std::int64_t exponent = 0;
    bool operator==(const Decimal&) const = default;
};

Decimal decimal_of(std::string_view text) {
    Decimal value;
    const auto e = std::min(text.find_first_of("eE"), text.size());
    if (e < text.size()) {
        const auto power = text.substr(e + 1 + (text[e + 1] == '+' ? 1 : 0));
        std::from_chars(power.data(), power.data() + power.size(), value.exponent);
    }
    bool fraction = false;
    for (const char character : text.substr(0, e)) {
        if (character == '-') value.negative = true;
        else if (character == '.') fraction = true;
        else {
            value.digits += character;
            if (fraction) --value.exponent;
        }
    }
    value.digits.erase(0, std::min(value.digits.find_first_not_of('0'), value.digits.size()));
    for (; value.digits.ends_with('0'); value.digits.pop_back()) ++value.exponent;
    return value.digits.empty() ? Decimal{} : value;
}

}  // namespace

bool Document::Number::operator==(const Number& other) const {
    return digits == other.digits || decimal_of(digits) == decimal_of(other.digits);
}

bool Document::operator==(const Document& other) const {
    if (!is_object() || !other.is_object()) return value_ == other.value_;
    if (members().size() != other.members().size()) return false;
    return std::ranges::all_of(members(), [&](const Member& member) {
        const auto* theirs = other.find(member.first);
        return theirs && *theirs == member.second;
    });
}

std::string json_quoted(std::string_view text) {
    std::string out;
    append_quoted(out, text);
    return out;
}

}  // namespace dcs
