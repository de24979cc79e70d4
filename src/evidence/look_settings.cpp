// What the program knows by itself: its settings, its routes, its roles.
#include "base/counted.hpp"
#include "evidence/look.hpp"

#include "auth/admin_sessions.hpp"
#include "auth/roles.hpp"
#include "ingress/routes.hpp"
#include "net/target.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

namespace dcs::evidence {

namespace {

/// When the file of a secret was last written; empty: the secret comes from the environment, which does not tell.
std::string age_of_file(const Sight& sight, const std::string& name) {
    const auto file = sight.settings.secret_files.find(name);
    if (file == sight.settings.secret_files.end()) return "not known: it comes from the environment";
    struct stat found{};
    if (::stat(file->second.c_str(), &found) != 0) return "not known: its file is gone";
    return age_of(Time{std::chrono::seconds{found.st_mtime}}, sight.at);
}

/// Whether an address can hold a secret of its own: in its query, or before an "@". Then it is not shown.
std::string without_secrets(const std::string& value) {
    if (value.find("://") == std::string::npos) return value;
    const auto end = value.find_first_of("?#");
    const auto place = value.substr(0, end);
    const auto authority = place.find("://") + 3;
    const auto at = place.substr(authority, place.find('/', authority) - authority).rfind('@');
    const auto shown =
        at == std::string::npos ? place : place.substr(0, authority) + "…@" + place.substr(authority + at + 1);
    return end == std::string::npos ? shown : shown + "?…";
}

/// Of an address that whoever knows it may write to, its path is a secret too.
std::string shown_value(std::string_view name, const std::string& value) {
    if (name != "AUDIT_ANCHOR" || value.find("://") == std::string::npos) return without_secrets(value);
    const auto path = value.find_first_of("/?#", value.find("://") + 3);
    return path == std::string::npos ? without_secrets(value) : without_secrets(value.substr(0, path)) + "/…";
}

std::vector<std::string> row_of(const Sight& sight, const app::SettingRow& row, const std::string& value) {
    const std::string name{row.name};
    if (!row.secret) {
        const bool set = !sight.lookup(name).value_or("").empty();
        return {name, set ? "set" : "default", shown_value(name, value), ""};
    }
    if (value.empty()) return {name, "not set", "", ""};
    return {name, "set", "secret of " + counted(value.size(), "byte"), age_of_file(sight, name)};
}

constexpr std::array<std::string_view, 4> of_senders_and_keys{"DRCHRONO_WEBHOOK_SECRET", "DEEPCURA_SHARED_SECRET",
                                                              "SCRIBE_GENERIC_SECRET", "TOKEN_KEY"};
constexpr std::size_t recommended_secret = 32;

/// Whose password needs a second factor beside it.
std::string value_of_factor(const Sight& sight) {
    const auto read = app::read_setting(sight.lookup, "ADMIN_SECOND_FACTOR");
    if (!read || *read == "off") return "nobody's; users who have one give its code";
    return *read == "all" ? "all" : "roles that see clinical content";
}

struct Address {
    std::string_view name;
    const std::string& value;
};

std::string judged(const std::string& value) {
    const auto target = net::Target::parse(value);
    if (!target) return "not an address";
    if (target->encrypted()) return "https";
    return target->loopback() ? "in the clear, on this machine" : "in the clear";
}

}  // namespace

std::string age_of(Time then, Time at) {
    const auto past = std::max(std::chrono::duration_cast<std::chrono::minutes>(at - then), std::chrono::minutes{0});
    constexpr int hour = 60;
    constexpr int day = 24 * hour;
    if (past.count() >= 2 * day) return counted(past.count() / day, "day");
    if (past.count() >= 2 * hour) return counted(past.count() / hour, "hour");
    return counted(past.count(), "minute");
}

std::string to_seconds(Time time) {
    constexpr auto length = std::string_view{"2026-11-27T12:00:00"}.size();
    return iso8601(time).substr(0, length) + "Z";
}

std::string time_or_never(const pg::Rows& rows, int row, int column) {
    const auto text = rows.text(row, column);
    const auto time = text ? parse_iso8601(*text) : std::nullopt;
    return time ? to_seconds(*time) : "never";
}

Section look_at_settings(const Sight& sight) {
    Section section{
        .key = "settings",
        .title = "Settings",
        .source =
            "the environment of this command, and the files of secrets; of a secret only its presence, length and "
            "its file's age",
        .columns = {"setting", "is", "value", "changed before"}};
    std::vector<std::string> too_short;
    for (const auto& row : app::setting_rows()) {
        const auto read = app::read_setting(sight.lookup, row.name);
        const auto value = read ? *read : std::string{};
        section.rows.push_back(row_of(sight, row, value));
        if (row.secret || row.name == "AUDIT_ANCHOR")
            section.points.emplace_back(row.name, value.empty() ? "not set" : "set");
        if (std::ranges::find(of_senders_and_keys, row.name) != of_senders_and_keys.end() && !value.empty() &&
            value.size() < recommended_secret)
            too_short.emplace_back(row.name);
    }
    section.points.emplace_back("short secrets",
                                too_short.empty() ? "none" : fmt::format("{}", fmt::join(too_short, ", ")));
    section.points.emplace_back("started for trying out (--dev)", sight.settings.dev ? "yes" : "no");
    return section;
}

Section look_at_addresses(const Sight& sight) {
    Section section{.key = "addresses",
                    .title = "Addresses that the service calls",
                    .source = "the settings",
                    .columns = {"setting", "address", "is"}};
    const auto& set = sight.settings;
    int clear = 0;
    for (const auto& [name, value] :
         {Address{"DRCHRONO_BASE_URL", set.drchrono_base_url}, Address{"OIDC_JWKS_URL", set.oidc_jwks_url},
          Address{"ADMIN_IAP_JWKS_URL", set.admin_iap_jwks_url}, Address{"AUDIT_ANCHOR", set.audit_anchor}}) {
        if (value.empty() || value.starts_with('/')) continue;
        const auto verdict = judged(value);
        if (verdict != "https" && verdict != "in the clear, on this machine") ++clear;
        section.rows.push_back({std::string{name}, shown_value(name, value), verdict});
    }
    if (!set.gcp_project.empty()) {
        const bool emulator = !set.pubsub_emulator_host.empty();
        if (emulator) ++clear;
        section.rows.push_back({"GCP_PROJECT", emulator ? "PUBSUB_EMULATOR_HOST" : "Pub/Sub of Google",
                                emulator ? "in the clear: an emulator" : "https"});
    }
    section.points.emplace_back("in the clear", std::to_string(clear));
    return section;
}

Section look_at_sessions(const Sight& sight) {
    const auth::SessionLimits limits;
    const auto minutes = [](std::chrono::seconds time) {
        return counted(std::chrono::duration_cast<std::chrono::minutes>(time).count(), "minute");
    };
    const auto& admin = sight.settings.admin;
    return {.key = "sessions",
            .title = "Sessions of the admin page",
            .source = "the program, and the setting ADMIN",
            .points = {{"page", admin},
                       {"sign-in", admin == "iap"        ? "Google's identity-aware proxy"
                                   : admin == "password" ? "password (scrypt)"
                                                         : "nobody signs in"},
                       {"second factor is required of", value_of_factor(sight)},
                       {"ends without use after", minutes(limits.idle)},
                       {"ends in any case after", minutes(limits.whole)},
                       {"wrong passwords of a name until it is slowed down", std::to_string(limits.tries_of_a_name)}}};
}

Section look_at_routes() {
    Section section{.key = "routes",
                    .title = "Who may call what",
                    .source = "the route table that the service answers by, and that tests ask as every kind of caller",
                    .columns = {"method", "path", "who may", "what it answers"}};
    int clinical = 0;
    for (const auto& route : ingress::route_table({})) {
        if (route.who == ingress::Who::phi_reader || route.who == ingress::Who::filer) ++clinical;
        section.rows.push_back({route.method, route.path, std::string{ingress::text_of(route.who)}, route.about});
    }
    section.points = {{"routes", std::to_string(section.rows.size())}, {"clinical routes", std::to_string(clinical)}};
    return section;
}

Section look_at_roles() {
    using auth::Need;
    constexpr std::array needs{Need::viewer,      Need::operates, Need::reads_phi, Need::operates_and_reads_phi,
                               Need::administers, Need::emergency};
    Section section{.key = "roles",
                    .title = "What each role of the admin page is let in to",
                    .source = "the function that decides it for each request",
                    .columns = {"role"}};
    for (const auto need : needs) section.columns.push_back(fmt::format("routes of {}", auth::name_of(need)));
    for (const auto* name : {"viewer", "operator", "phi-reader", "admin", "emergency"}) {
        auth::Roles roles;
        auth::add_role(roles, name);
        std::vector<std::string> row{name};
        for (const auto need : needs) row.emplace_back(auth::allows(roles, need) ? "yes" : "no");
        section.rows.push_back(std::move(row));
    }
    return section;
}

}  // namespace dcs::evidence
