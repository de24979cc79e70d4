#pragma once
// Listing: how all records of a resource are asked of DrChrono, as data: which endpoint, which filters, which flags.
//
// Source     fact sheet sections 3, 4 and 7 ("Deletion and archiving").

#include "resources/resource.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace dcs {

struct Listing {
    std::string_view table;
    std::string_view endpoint;          // in POST /sync/<endpoint>
    std::string_view path{};            // of the list; empty: projected from another resource
    std::string_view bulk_path{};       // of the bulk variant; empty: none
    std::string_view flags{};           // always in the query: they bring hidden rows
    bool since = false;                 // whether it can be asked for changes alone
    bool needs_filter = false;          // refuses to be listed without since or a date: then since the beginning
    bool dated = false;                 // can be listed by date_range, and times out when it is listed deeply without
    std::string_view occurs_since{};    // its filter for what happens on a day or later; empty: date_range serves
    std::string_view date_column{};     // of the table: what date_range filters by; empty: no absence follows from it
    int page = 250;                     // records in a page of the list, at most
    bool reference = false;             // others are judged by these few records: they never vanish many at a time
    bool absence_counts = true;         // false: a record may be missing from a whole listing and still exist
    std::string_view tombstones{};      // path of a list of deletions; empty: none
    std::string_view tombstone_key{};   // its member that names the record
    std::string_view tombstone_time{};  // its member that says when
    std::string_view comes_with{};      // the resource whose run brings this one; empty: it has its own
};

/// Parents before children; the order of /sync/all.
std::span<const Listing> all_listings() noexcept;
/// By table, or by endpoint. nullptr: no such.
const Listing* find_listing(std::string_view name) noexcept;

/// Records in a page of a bulk job.
inline constexpr int bulk_page = 1'000;
/// What a page costs as a bulk job: the submit and, as a rule, two polls.
inline constexpr int requests_a_job = 3;
/// Days in a part of a listing by date_range: over 190 days DrChrono may answer with nothing.
inline constexpr int days_a_chunk = 180;
/// DrChrono began in 2009: what is dated before was brought along from elsewhere, and is one part.
inline constexpr std::string_view first_day = "2009-01-01";
inline constexpr std::string_view earliest_day = "1900-01-01";
inline constexpr std::string_view latest_day = "2199-12-31";

/// The query of a whole listing (`since` empty) or of what changed since a naive time, without page and page_size.
std::string listing_query(const Listing& listing, std::string_view since);
/// The query of a listing by date_range, without the range.
std::string dated_query(const Listing& listing);
/// The filter for the records of `day` ("YYYY-MM-DD") and later.
std::string later_query(const Listing& listing, std::string_view day);

/// How many requests so many records cost, page by page and as bulk jobs; at least one listing is always asked for.
std::int64_t requests_to_list(const Listing& listing, std::int64_t records) noexcept;
std::int64_t requests_in_bulk(std::int64_t records) noexcept;
/// Whether bulk jobs cost fewer requests. False where there are none.
bool bulk_pays(const Listing& listing, std::int64_t records) noexcept;
/// After so many pages of a list that goes on, bulk jobs would have cost less.
int pages_until_bulk(const Listing& listing) noexcept;

}  // namespace dcs
