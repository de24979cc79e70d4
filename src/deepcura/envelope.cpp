#include "deepcura/envelope.hpp"

#include "base/repair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr int most_layers = 6;
constexpr std::size_t most_unzipped = 32U * 1024 * 1024;
constexpr std::string_view bom = "\xEF\xBB\xBF";

bool is_blank(char letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }

/// Without what JSON itself takes for blank around it.
std::string_view without_json_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = std::min(text.find_first_not_of(blanks), text.size());
    const auto end = text.find_last_not_of(blanks);
    return end == std::string_view::npos ? std::string_view{} : text.substr(first, end + 1 - first);
}

std::string_view without_frame(std::string_view text) {
    while (text.starts_with(bom) || (!text.empty() && is_blank(text.front())))
        text.remove_prefix(text.starts_with(bom) ? bom.size() : 1);
    while (!text.empty() && (is_blank(text.back()) || text.back() == '\0')) text.remove_suffix(1);
    constexpr std::string_view fence = "```";
    if (!text.starts_with(fence) || !text.ends_with(fence) || text.size() < 2 * fence.size()) return text;
    const auto line_end = text.find('\n');
    if (line_end == std::string_view::npos || line_end + fence.size() > text.size()) return text;
    return without_frame(text.substr(line_end + 1, text.size() - fence.size() - line_end - 1));
}

/// The text with NaN, Infinity and -Infinity outside of strings as null. nullopt: there are none.
std::optional<std::string> without_not_a_number(std::string_view text) {
    constexpr std::array<std::string_view, 3> words{"NaN", "-Infinity", "Infinity"};
    std::string out;
    bool inside = false;
    bool any = false;
    for (std::size_t at = 0; at < text.size();) {
        const char letter = text[at];
        if (inside && letter == '\\' && at + 1 < text.size()) {
            out += letter;
            out += text[at + 1];
            at += 2;
            continue;
        }
        if (letter == '"') inside = !inside;
        const auto word = inside ? words.end() : std::ranges::find_if(words, [&](std::string_view each) {
            return text.substr(at).starts_with(each);
        });
        if (word != words.end()) {
            out += "null";
            at += word->size();
            any = true;
            continue;
        }
        out += letter;
        ++at;
    }
    return any ? std::optional{std::move(out)} : std::nullopt;
}

Result<Unwrapped> parse(std::string_view text) {
    if (auto parsed = Document::parse(text)) return Unwrapped{std::move(parsed->value), false, parsed->altered};
    const auto repaired = without_not_a_number(text);
    auto parsed = Document::parse(repaired ? std::string_view{*repaired} : std::string_view{});
    if (!repaired || !parsed) return Error{Fault::bad_input, "text that is not JSON"};
    return Unwrapped{std::move(parsed->value), true, true};
}

/// Whether it is an object or a list, or a text that begins as JSON does.
bool holds_json(const Document& value) {
    if (value.is_object() || value.is_array()) return true;
    const auto text = value.string();
    const auto start = text ? without_frame(*text) : std::string_view{};
    return start.starts_with('{') || start.starts_with('[') || start.starts_with('"');
}

std::string_view kind_of(const Document& value) {
    if (value.is_null()) return "JSON, but null";
    if (value.boolean()) return "JSON, but true or false";
    if (value.number()) return "JSON, but a number";
    if (value.string()) return "JSON, but a text";
    return "JSON, but no object";
}

}  // namespace

Result<Unwrapped> unwrap_json(std::string_view bytes) {
    std::string held;
    bool rewritten = false;
    bool altered = false;
    Document value;
    for (int layer = 0; layer < most_layers; ++layer) {
        if (is_gzip(bytes)) {
            auto plain = gunzip(bytes, most_unzipped);
            if (!plain) return plain.error();
            held = std::move(*plain);
            bytes = held;
            rewritten = true;
        }
        const auto text = without_frame(bytes);
        rewritten = rewritten || text.size() != without_json_blanks(bytes).size();
        auto parsed = parse(text);
        if (!parsed) {
            if (layer == 0) return parsed.error();
            return Unwrapped{std::move(value), rewritten, altered};
        }
        rewritten = rewritten || parsed->rewritten;
        altered = altered || parsed->altered;
        value = std::move(parsed->value);
        while (value.items().size() == 1 && holds_json(value.items()[0])) {
            auto only = value.items()[0];
            value = std::move(only);
            rewritten = true;
        }
        const auto inner = value.string();
        if (!holds_json(value) || !inner) break;
        held = std::string{*inner};
        bytes = held;
        rewritten = true;
    }
    return Unwrapped{std::move(value), rewritten, altered};
}

Result<Unwrapped> unwrap_object(std::string_view bytes) {
    if (!is_gzip(bytes) && !is_utf8(bytes)) return Error{Fault::bad_input, "bytes that are no text (not UTF-8)"};
    auto unwrapped = unwrap_json(bytes);
    if (!unwrapped) return unwrapped;
    const auto& value = unwrapped->value;
    if (value.is_object()) return unwrapped;
    if (value.is_array()) return Error{Fault::bad_input, fmt::format("JSON, but a list of {}", value.items().size())};
    return Error{Fault::bad_input, std::string{kind_of(value)}};
}

}  // namespace dcs::deepcura
