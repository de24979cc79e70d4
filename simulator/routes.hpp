#pragma once
// Routes: the lists under /api/ as data: which filters each takes, what it hides, how long its pages are.
//
// Source     reference/drchrono-api.md, sections 3 and 4.

#include "simulator/clinic.hpp"

namespace dcs::simulator {

enum class Match {
    equals,
    prefix,        // without case
    contains,      // without case
    on_date,       // the date part
    from_time,     // at that time or later
    date_range,    // "YYYY-MM-DD/YYYY-MM-DD", both included
    changed_since  // the record's last change, not a field
};

struct Filter {
    std::string_view param;
    std::string_view field;
    Match match = Match::equals;
};

/// Rows that a list leaves out, depending on a parameter.
struct Gate {
    std::string_view param;
    bool shows;  // true: hidden unless the parameter is true; false: hidden when it is true
    bool (*hides)(const Record&);
    bool Switches::* enabled = nullptr;  // nullptr: always
};

enum class Denied { forbidden, empty };  // what a token without the scope is answered

struct Route {
    std::string_view path;  // behind /api/
    Kind kind;
    std::string_view scope;  // without ":read"; empty: any token
    std::span<const Filter> filters;
    std::span<const std::string_view> one_of{};  // one of these parameters is required
    std::span<const Gate> gates{};
    PageCap cap{};
    std::span<const Filter> bulk_filters{};  // besides `filters`; without `bulk` unused
    bool bulk = false;
    std::span<const std::string_view> only{};  // the fields shown; empty: all
    Denied denied = Denied::forbidden;
    bool limits_range = false;  // date_range over 190 days: see Switches::wide_range_is_empty
    bool refuses_since = true;  // `since` where it is not declared answers 400
    bool ignores_page_size = false;
};

std::span<const Route> routes() noexcept;
const Route* find_route(std::string_view path) noexcept;
/// The caps in force: Options' own, else the route's, else 250 and 50.
PageCap page_cap(const Route& route, const Options& options, const Switches& switches);

}  // namespace dcs::simulator
