#pragma once
// Listing: how all records of a resource are asked of DrChrono, as data: which endpoint, which filters, which flags.
//
// Source     fact sheet sections 3, 4 and 7 ("Deletion and archiving").

#include "resources/resource.hpp"

#include <span>
#include <string>
#include <string_view>

namespace dcs {

struct Listing {
    std::string_view table;
    std::string_view endpoint;         // in POST /sync/<endpoint>
    std::string_view path{};           // of the list; empty: projected from another resource
    std::string_view bulk_path{};      // of the bulk variant; empty: none
    std::string_view flags{};          // always in the query: they bring hidden rows
    bool since = false;                // whether it can be asked for changes alone
    bool needs_filter = false;         // refuses to be listed without since or a date: then since the beginning
    int page = 250;                    // records in a page of the list, at most
    bool absence_counts = true;        // false: a record may be missing from a whole listing and still exist
    std::string_view tombstones{};     // path of a list of deletions; empty: none
    std::string_view tombstone_key{};  // its member that names the record
    std::string_view comes_with{};     // the resource whose run brings this one; empty: it has its own
};

/// Parents before children; the order of /sync/all.
std::span<const Listing> all_listings() noexcept;
/// By table, or by endpoint. nullptr: no such.
const Listing* find_listing(std::string_view name) noexcept;

/// Records in a page of a bulk job.
inline constexpr int bulk_page = 1'000;

/// The query of a whole listing (`since` empty) or of what changed since a naive time, without page and page_size.
std::string listing_query(const Listing& listing, std::string_view since);

}  // namespace dcs
