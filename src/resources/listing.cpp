#include "resources/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace dcs {

namespace {

constexpr std::array listings{
    Listing{.table = "doctors", .endpoint = "doctors", .path = "/api/doctors", .reference = true},
    Listing{.table = "offices", .endpoint = "offices", .path = "/api/offices", .page = 50, .reference = true},
    Listing{.table = "patients",
            .endpoint = "patients",
            .path = "/api/patients",
            .bulk_path = "/api/patients_list",
            .flags = "show_inactive=true",
            .since = true,
            .page = 50},
    Listing{.table = "insurance", .endpoint = "insurance", .comes_with = "patients"},
    Listing{.table = "appointments",
            .endpoint = "appointments",
            .path = "/api/appointments",
            .bulk_path = "/api/appointments_list",
            .flags = "show_archived=true",
            .since = true,
            .needs_filter = true,
            .dated = true,
            .occurs_since = "occurred_since",
            .date_column = "scheduled_time",
            .page = 20},
    Listing{.table = "clinical_notes",
            .endpoint = "clinical-notes",
            .path = "/api/clinical_notes",
            .bulk_path = "/api/clinical_notes_list",
            .since = true,
            .needs_filter = true,
            .dated = true,
            .page = 20,
            .absence_counts = false},  // locked notes may be left out (fact sheet 8, clinical_notes)
    Listing{.table = "medications", .endpoint = "medications", .path = "/api/medications", .page = 50},
    Listing{.table = "problems", .endpoint = "problems", .path = "/api/problems", .page = 50},
    Listing{.table = "allergies", .endpoint = "allergies", .path = "/api/allergies", .page = 50},
    Listing{.table = "line_items",
            .endpoint = "line-items",
            .path = "/api/line_items",
            .bulk_path = "/api/line_items_list",
            .since = true,
            .page = 50,
            .tombstones = "/api/line_item_deletions",
            .tombstone_key = "billing_line_item_id",
            .tombstone_time = "created_at"},
};

constexpr std::string_view the_beginning = "1970-01-01";

}  // namespace

std::span<const Listing> all_listings() noexcept { return listings; }

const Listing* find_listing(std::string_view name) noexcept {
    const auto* found = std::ranges::find_if(
        listings, [&](const Listing& listing) { return listing.table == name || listing.endpoint == name; });
    return found == listings.end() ? nullptr : found;
}

std::string dated_query(const Listing& listing) {
    std::string query = "verbose=true";
    if (!listing.flags.empty()) query += "&" + std::string{listing.flags};
    return query;
}

std::string later_query(const Listing& listing, std::string_view day) {
    return listing.occurs_since.empty() ? fmt::format("date_range={}/{}", day, latest_day)
                                        : fmt::format("{}={}", listing.occurs_since, day);
}

std::string listing_query(const Listing& listing, std::string_view since) {
    auto query = dated_query(listing);
    const auto from = since.empty() && listing.needs_filter ? the_beginning : since;
    if (listing.since && !from.empty()) query += "&since=" + std::string{from};
    return query;
}

std::int64_t requests_to_list(const Listing& listing, std::int64_t records) noexcept {
    return std::max<std::int64_t>(1, (records + listing.page - 1) / listing.page);
}

std::int64_t requests_in_bulk(std::int64_t records) noexcept {
    return std::max<std::int64_t>(1, (records + bulk_page - 1) / bulk_page) * requests_a_job;
}

bool bulk_pays(const Listing& listing, std::int64_t records) noexcept {
    return !listing.bulk_path.empty() && requests_in_bulk(records) < requests_to_list(listing, records);
}

int pages_until_bulk(const Listing& listing) noexcept {
    return listing.bulk_path.empty() ? std::numeric_limits<int>::max() : requests_a_job;
}

}  // namespace dcs
