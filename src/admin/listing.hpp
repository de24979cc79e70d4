#pragma once
// Listing: lists by page: what was asked for, the conditions of a query, and the answer with the place of its next page.
//
// Keyset     a page begins behind the last row of the one before, found by an index; no page costs more than the first.
// Strict     an unknown parameter, a bad limit and a bad place are refused, with a sentence.

#include "admin/cursor.hpp"
#include "net/http.hpp"
#include "pg/rows.hpp"
#include "pg/statement.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::admin {

struct Backend;

struct Page {
    int limit = 50;
    std::vector<std::string> after{};  // the key of the last row seen; empty: from the beginning
    const Cursors* cursors = nullptr;  // not owned
    std::string list{};                // what its cursors are bound to

    /// The cursor behind a row with this key, as JSON.
    std::string next(const std::vector<std::string>& key) const;
};

/// bad_input: a sentence. `keys`: of how many parts a place is made; `known`: parameters besides limit and after. `query`: the
/// request's own, or what its body says.
Result<Page> page_of(const Backend& backend, const net::Request& request, const net::Query& query, std::size_t keys,
                     std::initializer_list<std::string_view> known);
/// Whether all parameters are among `known`. bad_input: a sentence.
Result<> only_known(const net::Query& query, std::initializer_list<std::string_view> known);

/// The members of a JSON object in the body, as parameters: for what may be in no address. bad_input: a sentence.
Result<net::Query> query_in_body(const net::Request& request);

/// What a query's rows must fulfil: conditions joined by `and`, values bound.
class Conditions {
public:
    /// `text` with "?" wherever the value stands.
    void add(std::string_view text, pg::Param value);
    void add(std::string_view text);
    /// `text` with one "?" for each value, in order.
    void add_all(std::string_view text, const std::vector<std::string>& values);

    /// " where …", or nothing.
    std::string where() const { return text_.empty() ? "" : " where " + text_; }
    /// " and …", or nothing.
    std::string also() const { return text_.empty() ? "" : " and " + text_; }
    pg::Statement statement(std::string sql) const { return {std::move(sql), values_}; }

private:
    std::string text_{};
    std::vector<pg::Param> values_{};
};

/// {"items":[…],"next":…,…}. Rows: the item as JSON text, then the parts of its key; one row more than the page holds says
/// that there is a next one. `more`: further members as JSON text.
std::string list_of(const pg::Rows& rows, const Page& page, std::size_t keys, std::string_view more = {});

/// ISO 8601, or a date, as PostgreSQL reads it too. False: something else.
bool is_time(std::string_view text) noexcept;

}  // namespace dcs::admin
