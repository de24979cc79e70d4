#pragma once
// Settings: everything that can be set, read once at start from the environment.
//
// Promise    one table names every setting, its default and what it does; `drchrono-sync help settings` and the README print
//            that table. A secret may come from a file: NAME_FILE. Secrets can be read again (secrets.hpp), nothing else.
// Errors     bad_input: names the setting and what is wrong with it, never a secret's value.

#include "base/error.hpp"
#include "base/log.hpp"
#include "net/trusted_proxies.hpp"
#include "reconcile/schedule.hpp"
#include "retention/cleanup.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::app {

struct Settings {
    bool dev = false;

    std::uint16_t port = 8080;
    std::string host;
    std::string log_level;
    std::string log_format;
    std::uint16_t metrics_port = 0;
    std::string data_dir;
    std::string backup_dir;

    std::string db_host;
    std::uint16_t db_port = 5432;
    std::string db_name;
    std::string db_user;
    std::string db_password;
    std::string db_migrate_user;
    std::string db_migrate_password;
    std::string db_sslmode;
    int db_pool_size = 10;

    std::string drchrono_base_url;
    std::string drchrono_client_id;
    std::string drchrono_client_secret;
    std::string drchrono_access_token;
    std::string drchrono_refresh_token;
    std::string drchrono_webhook_secret;
    std::string drchrono_webhook_secret_previous;
    std::string drchrono_webhook_apply;
    int drchrono_rate_per_second = 10;
    int drchrono_rate_per_10min = 290;
    int drchrono_rate_per_hour = 500;
    double budget_speed = 1;  // of a simulated DrChrono whose clock runs faster; the environment cannot set it
    std::string drchrono_practice_group_id;
    std::string drchrono_redirect_uri;
    std::string token_key;
    std::string token_key_previous;
    std::vector<std::string> omit_fields;
    std::string practice_timezone;

    std::string deepcura_shared_secret;
    std::string deepcura_shared_secret_previous;
    std::string deepcura_cipher;
    std::string scribe_generic_secret;
    std::string scribe_generic_secret_previous;

    std::string oidc_audience;
    std::vector<std::string> oidc_allowed_emails;
    std::string oidc_issuer;
    std::string oidc_jwks_url;

    net::TrustedProxies trusted_proxies{};

    std::string admin;                        // off, password, iap
    std::string admin_second_factor = "off";  // off, clinical, all
    std::chrono::seconds emergency_access{};
    std::string admin_iap_audience;
    std::string admin_iap_jwks_url;
    std::string
        admin_dev_password;  // of the user "dev" of the admin page; not in the table: the command line makes it up

    std::vector<reconcile::ScheduleEntry> sync_schedule;
    std::chrono::seconds sync_lookback{};
    int sync_max_vanished = 20;
    double sync_max_vanished_share = 0.1;
    std::chrono::seconds request_deadline{};
    retention::Settings retention{};

    std::string gcp_project;
    std::string pubsub_topic;
    std::string pubsub_emulator_host;
    std::string google_application_credentials;

    std::string audit_anchor;
    std::string audit_anchor_authorization;

    std::map<std::string, std::string> secret_files{};  // of the secrets that came from files: name and path
};

struct SettingRow {
    std::string_view name;
    std::string_view fallback;
    std::string_view about;
    bool secret;
    /// Sets the member; the Error's detail says what is wrong, without the value.
    Result<> (*set)(Settings& settings, const std::string& text);
    // Of a secret:
    std::string Settings::* member = nullptr;
    bool at_start_only = false;  // a new value works after a restart
    bool may_go = false;         // may be emptied while the service runs
};
const std::vector<SettingRow>& setting_rows();

/// The values of a secret that a sender shows. pre: there are rows of that name, and of the name with _PREVIOUS.
struct SenderSecrets {
    std::string current;
    std::string previous;
};
SenderSecrets secrets_of(const Settings& settings, std::string_view name);

/// A secret that a sender shows, or that seals, has at least so many bytes, but for --dev.
inline constexpr std::size_t shortest_secret = 16;
/// Those that have fewer than the 32 that are recommended.
std::vector<std::string_view> short_secrets(const Settings& settings);

/// How a value is found: the environment in the service, a map in tests. nullopt: not set.
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;
Lookup environment();

/// The content of a secret's file without the line break at its end. bad_input: it cannot be read; one that is not there is
/// an empty one where the secret may go.
Result<std::string> read_secret_file(const SettingRow& row, const std::string& path);

/// One setting alone, unchecked. pre: there is such a row.
Result<std::string> read_setting(const Lookup& lookup, std::string_view name);

/// Reads and checks all of them. With `dev`: loopback only, and a missing webhook secret is "dev".
Result<Settings> read_settings(const Lookup& lookup, bool dev);

}  // namespace dcs::app
