// What the doctor looks at in DrChrono's account: a dozen requests at most.
#include "app/doctor.hpp"

#include "base/counted.hpp"
#include "resources/listing.hpp"
#include "upstream/authorization.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace dcs::app {

namespace {

using namespace std::chrono_literals;
using upstream::Priority;

constexpr auto authorize_again = "authorize again: `drchrono-sync authorize`";

Finding from_drchrono(const Error& error) {
    Finding finding{.grade = Grade::failed, .found = error.detail};
    switch (error.fault) {
    case Fault::unauthorized: finding.advice = authorize_again; break;
    case Fault::forbidden:
        finding.advice = "give the application the scope, and its user the permission in DrChrono";
        break;
    case Fault::rate_limited: finding.advice = "wait: the allowance is used up"; break;
    case Fault::unavailable:
        finding.advice = "check DRCHRONO_BASE_URL and the way to it; DrChrono itself may be down";
        break;
    default: finding.advice = "check DRCHRONO_BASE_URL"; break;
    }
    return finding;
}

/// One record of a listing, of the last month where it wants dates. Wider ranges may come back empty (fact sheet 4).
std::string one_record_of(const Listing& listing) {
    auto query = fmt::format("{}?page_size=1", listing.path);
    if (!listing.dated) return query;
    const auto today = system_now();
    return query +
           fmt::format("&date_range={}/{}", iso8601(today - 24h * 30).substr(0, 10), iso8601(today).substr(0, 10));
}

}  // namespace

Async<Result<upstream::TokenRow>> Doctor::stored_tokens() {
    const auto made = token_settings(settings_);
    const upstream::TokenVault vault{upstream::token_keys(made.sealing_secret, made.opening_secrets)};
    auto row = co_await vault.read(pool_);
    co_return row;
}

/// Looks only: a key that is not the one they were sealed with must not lose them.
Async<Finding> Doctor::tokens() {
    if (!asks_drchrono(settings_)) co_return Finding{.grade = Grade::skipped, .found = "no credentials are set"};
    const auto made = token_settings(settings_);
    const auto row = co_await stored_tokens();
    if (!row) co_return from_drchrono(row.error());
    if (row->dead_reason == upstream::unreadable)
        co_return Finding{
            .grade = Grade::failed,
            .found = row->dead_reason,
            .advice =
                settings_.token_key.empty()
                    ? "they were sealed with another client secret, or with a TOKEN_KEY: set that as TOKEN_KEY_PREVIOUS"
                    : "set the TOKEN_KEY that they were sealed with as TOKEN_KEY_PREVIOUS"};
    if (!row->dead_reason.empty())
        co_return Finding{.grade = Grade::failed,
                          .found = "DrChrono refuses the grant: " + row->dead_reason,
                          .advice = authorize_again};
    if (row->version == 0 && made.access_token.empty() && made.refresh_token.empty())
        co_return Finding{.grade = Grade::failed, .found = "there are none", .advice = "run `drchrono-sync authorize`"};
    if (row->version == 0) co_return Finding{.found = "not stored yet: the settings' are taken"};
    co_return Finding{.found = fmt::format("they open{}", row->expires_at ? "; the access token is good until " +
                                                                                iso8601(*row->expires_at).substr(0, 19)
                                                                          : std::string{})};
}

Async<Finding> Doctor::allowance() {
    const auto state = co_await budget_.state();
    if (!state) co_return from_drchrono(state.error());
    if (state->braked_until && *state->braked_until > system_now())
        co_return Finding{
            .grade = Grade::failed,
            .found = "DrChrono has throttled us; nothing is asked until " + iso8601(*state->braked_until).substr(0, 19),
            .advice = "wait; if it comes often, lower DRCHRONO_RATE_PER_HOUR: another program may share the "
                      "account's allowance"};
    const auto left = state->left[static_cast<std::size_t>(Priority::incremental)];
    const auto& hour = state->hour;
    auto found = hour.limit == 0
                     ? std::string{"no limit is set"}
                     : fmt::format("{} of {} used in this hour", hour.spent, counted(hour.limit, "request"));
    if (left && *left <= 0)
        co_return Finding{.grade = Grade::failed,
                          .found = found,
                          .advice = "wait for the next hour; `sync --plan` says what the runs take"};
    if (hour.limit == 0 && settings_.drchrono_base_url.find("drchrono.com") != std::string::npos)
        co_return Finding{.grade = Grade::warning, .found = found, .advice = "DrChrono allows 500 an hour: set it"};
    co_return Finding{.found = found};
}

Async<Finding> Doctor::account() {
    const auto user = co_await drchrono_.current_user();
    if (!user) co_return from_drchrono(user.error());
    const auto& ours = settings_.drchrono_practice_group_id;
    if (!ours.empty() && ours != user->practice_group)
        co_return Finding{
            .grade = Grade::failed,
            .found = fmt::format("the tokens are of practice {}", user->practice_group),
            .advice = fmt::format("DRCHRONO_PRACTICE_GROUP_ID is {}: correct it, or authorize as that practice", ours)};
    co_return Finding{.found = fmt::format("DrChrono answers; practice {}", user->practice_group)};
}

/// By what was granted, and by asking: a missing permission of the user is seen by asking alone, and a missing calendar:read
/// has been answered with an empty list instead of 403 (fact sheet 1).
Async<Finding> Doctor::scopes() {
    const auto row = co_await stored_tokens();
    if (!row) co_return from_drchrono(row.error());
    const auto& granted = row->scope;  // empty: DrChrono has not told yet
    std::vector<std::string> missing;
    if (!granted.empty())
        for (const auto& scope : upstream::missing_scopes(granted)) missing.emplace_back(scope.name);
    std::vector<std::string> refused;
    bool any_patients = false;
    bool no_appointments = false;
    for (const auto& listing : all_listings()) {
        if (!listing.comes_with.empty()) continue;
        auto target = one_record_of(listing);
        const auto page = co_await drchrono_.get_list(std::move(target), Priority::incremental);
        if (!page && page.error().fault == Fault::forbidden) refused.emplace_back(listing.endpoint);
        else if (!page) co_return from_drchrono(page.error());
        else if (listing.table == "patients") any_patients = page->list.size() > 0;
        else if (listing.table == "appointments") no_appointments = page->list.size() == 0;
    }
    // Lists that are shown, while the running service was refused every single record.
    const auto closed = co_await upstream::not_permitted(pool_);
    if (closed)
        for (const auto& kind : *closed)
            if (kind.items_only)
                refused.push_back(fmt::format("single records of {} (since {})", kind.table, kind.since));
    if (!missing.empty() || !refused.empty())
        co_return Finding{
            .grade = Grade::failed,
            .found =
                fmt::format("{}{}{}", missing.empty() ? "" : fmt::format("not granted: {}", fmt::join(missing, " ")),
                            missing.empty() || refused.empty() ? "" : "; ",
                            refused.empty() ? "" : fmt::format("refused: {}", fmt::join(refused, ", "))),
            .advice =
                "add them to the application, run `drchrono-sync authorize`, and give the user these permissions in DrChrono. "
                "Without calendar:read the list of appointments may just be empty"};
    if (granted.empty() && any_patients && no_appointments)
        co_return Finding{
            .grade = Grade::warning,
            .found = "there are patients, and no appointments in the last 30 days",
            .advice = "unless that is so: authorize again with calendar:read, without which the list is empty"};
    co_return Finding{.found = "every list may be read"};
}

}  // namespace dcs::app
