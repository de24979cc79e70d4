#include "admin/listing.hpp"

#include "admin/backend.hpp"
#include "admin/reply.hpp"
#include "base/clock.hpp"
#include "base/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dcs::admin {

namespace {

constexpr int most_rows = 200;

std::optional<int> limit_of(std::string_view text) {
    int limit = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || limit < 1 || limit > most_rows)
        return std::nullopt;
    return limit;
}

}  // namespace

Result<> only_known(const net::Query& query, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : query)
        if (std::ranges::find(known, name) == known.end())
            return Error{Fault::bad_input, fmt::format("There is no parameter {}", name.substr(0, 40))};
    return {};
}

std::string Page::next(const std::vector<std::string>& key) const { return json_quoted(cursors->seal(key, list)); }

Result<Page> page_of(const Backend& backend, const net::Request& request, const net::Query& query, std::size_t keys,
                     std::initializer_list<std::string_view> known) {
    Page page{.cursors = &backend.cursors, .list = list_asked(request, query)};
    for (const auto& [name, value] : query) {
        if (name == "limit") {
            const auto limit = limit_of(value);
            if (!limit) return Error{Fault::bad_input, "limit must be a number from 1 to 200"};
            page.limit = *limit;
        } else if (name == "after") {
            auto key = backend.cursors.open(value, page.list);
            if (!key || key->size() != keys) return Error{Fault::bad_input, "after must be the next of a page before"};
            page.after = std::move(*key);
        } else if (std::ranges::find(known, name) == known.end()) {
            return Error{Fault::bad_input, fmt::format("There is no parameter {}", name.substr(0, 40))};
        }
    }
    return page;
}

Result<net::Query> query_in_body(const net::Request& request) {
    const auto body = body_of(request);
    if (!body) return body.error();
    std::string text;
    for (const auto& [name, value] : body->members()) {
        const auto given = value.string() ? value.string() : value.number();
        if (!given) return Error{Fault::bad_input, "Each member must be a text, limit a number"};
        text += fmt::format("{}{}={}", text.empty() ? "" : "&", net::percent_encode(name), net::percent_encode(*given));
    }
    return net::Query::parse(text);
}

void Conditions::add(std::string_view text, pg::Param value) {
    values_.push_back(std::move(value));
    if (!text_.empty()) text_ += " and ";
    for (const char letter : text)
        if (letter == '?') text_ += fmt::format("${}", values_.size());
        else text_ += letter;
}

void Conditions::add(std::string_view text) { text_.append(text_.empty() ? "" : " and ").append(text); }

void Conditions::add_all(std::string_view text, const std::vector<std::string>& values) {
    if (!text_.empty()) text_ += " and ";
    auto next = values.begin();
    for (const char letter : text)
        if (letter == '?') {
            values_.emplace_back(*next++);
            text_ += fmt::format("${}", values_.size());
        } else {
            text_ += letter;
        }
}

std::string list_of(const pg::Rows& rows, const Page& page, std::size_t keys, std::string_view more) {
    const int shown = std::min(rows.size(), page.limit);
    std::string items;
    for (int row = 0; row < shown; ++row) items.append(row > 0 ? "," : "").append(rows.text(row, 0).value_or("null"));
    std::string next = "null";
    if (rows.size() > page.limit) {
        std::vector<std::string> key;
        for (std::size_t part = 0; part < keys; ++part)
            key.push_back(rows.string(shown - 1, static_cast<int>(part) + 1));
        next = page.next(key);
    }
    return fmt::format(R"({{"items":[{}],"next":{}{}{}}})", items, next, more.empty() ? "" : ",", more);
}

bool is_time(std::string_view text) noexcept {
    if (text.size() < 10 || text.size() > 40) return false;
    for (std::size_t at = 0; at < 10; ++at) {
        const bool dash = at == 4 || at == 7;
        if (dash ? text[at] != '-' : (text[at] < '0' || text[at] > '9')) return false;
    }
    const int month = (text[5] - '0') * 10 + text[6] - '0';
    const int day = (text[8] - '0') * 10 + text[9] - '0';
    if (month < 1 || month > 12 || day < 1 || day > 28 + 3) return false;
    return text.size() == 10 || parse_iso8601(text).has_value();
}

}  // namespace dcs::admin
