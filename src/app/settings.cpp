#include "app/settings.hpp"

#include "app/secret_strength.hpp"
#include "auth/standard_webhooks.hpp"
#include "deepcura/cipher.hpp"
#include "net/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace dcs::app {

namespace {

template <std::string Settings::* member>
Result<> text(Settings& settings, const std::string& value) {
    settings.*member = value;
    return {};
}

/// What a sender shows in a header: a line break or the like in it is a slip of whoever wrote the file.
template <std::string Settings::* member>
Result<> one_line(Settings& settings, const std::string& value) {
    if (std::ranges::any_of(value, [](unsigned char letter) { return letter < ' ' || letter == 0x7f; }))
        return Error{Fault::bad_input, "has a line break or another control character in it"};
    settings.*member = value;
    return {};
}

template <std::string Settings::* member>
Result<> strong(Settings& settings, const std::string& value) {
    if (const auto weakness = weakness_of(value); !weakness.empty() && !value.empty() && !settings.dev)
        return Error{Fault::bad_input, std::string{weakness}};
    return one_line<member>(settings, value);
}

/// A secret that also signs: empty, or long enough, and a key where it says that it is one.
template <std::string Settings::* member>
Result<> scribe_secret(Settings& settings, const std::string& value) {
    if (!value.empty() && auth::signing_keys(value).empty())
        return Error{Fault::bad_input, "begins with whsec_, but what follows is no base64"};
    for (const auto& key : auth::signing_keys(value))
        if (key.size() < shortest_secret && !settings.dev)
            return Error{Fault::bad_input, "holds a key of fewer than 16 bytes"};
    return strong<member>(settings, value);
}

enum class Change { live, live_may_go, at_start };

template <std::string Settings::* member>
SettingRow secret(std::string_view name, std::string_view about, Change change,
                  decltype(SettingRow::set) set = text<member>) {
    return {name, "", about, true, set, member, change == Change::at_start, change == Change::live_may_go};
}

template <auto member, int lowest, int highest>
Result<> number(Settings& settings, const std::string& value) {
    int parsed = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (failed != std::errc{} || end != value.data() + value.size() || parsed < lowest || parsed > highest)
        return Error{Fault::bad_input, fmt::format("must be a whole number from {} to {}", lowest, highest)};
    settings.*member = static_cast<std::remove_reference_t<decltype(settings.*member)>>(parsed);
    return {};
}

template <double Settings::* member>
Result<> share(Settings& settings, const std::string& value) {
    double parsed = 0;
    const auto [end, failed] =
        std::from_chars(value.data(), value.data() + value.size(), parsed, std::chars_format::fixed);
    if (failed != std::errc{} || end != value.data() + value.size() || !(parsed >= 0 && parsed <= 1))
        return Error{Fault::bad_input, "must be a number from 0 to 1"};
    settings.*member = parsed;
    return {};
}

template <std::string Settings::* member>
Result<> web_address(Settings& settings, const std::string& value) {
    if (!value.starts_with("https://") && !value.starts_with("http://"))
        return Error{Fault::bad_input, "must begin with https:// (or http://)"};
    settings.*member = value.ends_with('/') ? value.substr(0, value.size() - 1) : value;
    return {};
}

/// Whoever can change what comes from there can sign in as anybody: over https, but from this machine.
template <std::string Settings::* member>
Result<> key_address(Settings& settings, const std::string& value) {
    const auto target = net::Target::parse(value);
    if (!target) return Error{Fault::bad_input, "must be an address that begins with https://, without a user name"};
    if (!target->encrypted() && !target->loopback())
        return Error{Fault::bad_input, "must begin with https://: keys that come in the clear can be anybody's"};
    return web_address<member>(settings, value);
}

/// A file, or a place to PUT to: over https, but on this machine.
Result<> anchor_place(Settings& settings, const std::string& value) {
    if (value.empty() || value.starts_with('/')) {
        settings.audit_anchor = value;
        return {};
    }
    const auto target = net::Target::parse(value);
    if (!target || (!target->encrypted() && !target->loopback()))
        return Error{Fault::bad_input, "must be the absolute path of a file, or begin with https://"};
    return web_address<&Settings::audit_anchor>(settings, value);
}

/// As registered elsewhere, letter by letter.
template <std::string Settings::* member>
Result<> web_address_as_it_is(Settings& settings, const std::string& value) {
    const auto checked = web_address<member>(settings, value);
    if (checked) settings.*member = value;
    return checked;
}

Result<> webhook_apply(Settings& settings, const std::string& value) {
    if (value != "snapshot" && value != "refetch") return Error{Fault::bad_input, "must be snapshot or refetch"};
    settings.drchrono_webhook_apply = value;
    return {};
}

Result<> deepcura_cipher(Settings& settings, const std::string& value) {
    if (!deepcura::scheme_of(value))
        return Error{Fault::bad_input,
                     "must be scrypt-zero-iv, scrypt-iv-prefix, sha256-iv-prefix, cryptojs or aes-gcm"};
    settings.deepcura_cipher = value;
    return {};
}

Result<> db_sslmode(Settings& settings, const std::string& value) {
    settings.db_sslmode = value;
    for (const auto* known : {"", "disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
        if (value == known) return {};
    return Error{Fault::bad_input, "must be disable, allow, prefer, require, verify-ca or verify-full"};
}

Result<> admin_door(Settings& settings, const std::string& value) {
    settings.admin = value;
    if (value.empty() || value == "off" || value == "password" || value == "iap") return {};
    return Error{Fault::bad_input, "must be off, password or iap"};
}
Result<> admin_second_factor(Settings& settings, const std::string& value) {
    settings.admin_second_factor = value;
    if (value == "off" || value == "clinical" || value == "all") return {};
    return Error{Fault::bad_input, "must be off, clinical or all"};
}
Result<> log_level(Settings& settings, const std::string& value) {
    if (!log::level_of(value)) return Error{Fault::bad_input, "must be debug, info, warning, error or critical"};
    settings.log_level = value;
    return {};
}

Result<> log_format(Settings& settings, const std::string& value) {
    if (value != "json" && value != "text") return Error{Fault::bad_input, "must be json or text"};
    settings.log_format = value;
    return {};
}

/// "a, b c" or ["a", "b"] → the parts.
template <std::vector<std::string> Settings::* member>
Result<> several(Settings& settings, const std::string& value) {
    std::string part;
    for (const char character : value + ",") {
        if (std::string_view{", []\""}.find(character) == std::string_view::npos) part += character;
        else if (!part.empty()) (settings.*member).push_back(std::exchange(part, {}));
    }
    return {};
}

Result<> trusted_proxies(Settings& settings, const std::string& value) {
    std::vector<std::string> ranges;
    for (std::size_t at = 0; at < value.size();) {
        const auto end = std::min(value.find_first_of(", ", at), value.size());
        if (end > at) ranges.push_back(value.substr(at, end - at));
        at = end + 1;
    }
    auto parsed = net::TrustedProxies::parse(ranges);
    if (!parsed) return parsed.error();
    settings.trusted_proxies = std::move(*parsed);
    return {};
}

template <std::chrono::seconds Settings::* member>
Result<> duration(Settings& settings, const std::string& value) {
    const auto parsed = reconcile::parse_duration(value);
    if (!parsed) return Error{Fault::bad_input, "must be a duration like 90s, 15m, 26h or 7d"};
    settings.*member = *parsed;
    return {};
}

template <std::chrono::seconds retention::Settings::* member>
Result<> retention(Settings& settings, const std::string& value) {
    const auto parsed = value == "0" ? std::chrono::seconds{0} : reconcile::parse_duration(value);
    if (!parsed) return Error{Fault::bad_input, "must be a duration like 12h or 30d, or 0"};
    settings.retention.*member = *parsed;
    return {};
}

Result<> sync_schedule(Settings& settings, const std::string& value) {
    auto entries = reconcile::parse_schedule(value);
    if (!entries) return entries.error();
    settings.sync_schedule = std::move(*entries);
    return {};
}

const std::vector<SettingRow> table{
    {"PORT", "8080", "port of the HTTP service; 0: the system picks one", false, number<&Settings::port, 0, 65535>},
    {"HOST", "0.0.0.0", "address to listen on (--dev: 127.0.0.1)", false, text<&Settings::host>},
    {"LOG_LEVEL", "info", "debug, info, warning, error or critical", false, log_level},
    {"LOG_FORMAT", "json", "json (Cloud Logging fields) or text (for people)", false, log_format},
    {"METRICS_PORT", "0", "port of GET /metrics, Prometheus text, for whoever reaches it; 0: off", false,
     number<&Settings::metrics_port, 0, 65535>},
    {"DATA_DIR", "var", "where the embedded database lives", false, text<&Settings::data_dir>},
    {"BACKUP_DIR", "",
     "where `backup` writes and `restore-drill` reads, on an encrypted disk; empty: backups, below DATA_DIR", false,
     text<&Settings::backup_dir>},
    {"DB_HOST", "", "PostgreSQL's name, address or socket directory; empty: the embedded database", false,
     text<&Settings::db_host>},
    {"DB_PORT", "5432", "PostgreSQL's port", false, number<&Settings::db_port, 1, 65535>},
    {"DB_NAME", "clinical", "name of the database", false, text<&Settings::db_name>},
    {"DB_USER", "app_user", "user in the database", false, text<&Settings::db_user>},
    secret<&Settings::db_password>("DB_PASSWORD", "that user's password", Change::at_start),
    {"DB_MIGRATE_USER", "",
     "user that migrates and owns the tables, where DB_USER only has the role clinical_service; empty: DB_USER", false,
     text<&Settings::db_migrate_user>},
    secret<&Settings::db_migrate_password>("DB_MIGRATE_PASSWORD", "that user's password", Change::at_start),
    {"DB_SSLMODE", "",
     "libpq's sslmode (disable, require, verify-full, …); empty: verify-full where DB_HOST is neither a socket nor loopback, "
     "else libpq's default",
     false, db_sslmode},
    {"DB_POOL_SIZE", "10", "most connections to the database at once", false, number<&Settings::db_pool_size, 3, 500>},
    {"DRCHRONO_BASE_URL", "https://app.drchrono.com", "where DrChrono's API is", false,
     web_address<&Settings::drchrono_base_url>},
    {"DRCHRONO_CLIENT_ID", "", "OAuth client of the API application; set it together with its secret", false,
     text<&Settings::drchrono_client_id>},
    secret<&Settings::drchrono_client_secret>("DRCHRONO_CLIENT_SECRET",
                                              "its secret; empty: nothing is fetched from DrChrono", Change::live,
                                              strong<&Settings::drchrono_client_secret>),
    secret<&Settings::drchrono_access_token>("DRCHRONO_ACCESS_TOKEN", "the first access token", Change::live_may_go,
                                             one_line<&Settings::drchrono_access_token>),
    secret<&Settings::drchrono_refresh_token>(
        "DRCHRONO_REFRESH_TOKEN", "the first refresh token; rotated ones live encrypted in the database and win",
        Change::live_may_go, one_line<&Settings::drchrono_refresh_token>),
    {"DRCHRONO_REDIRECT_URI", "http://localhost:8765/",
     "where DrChrono sends the browser after consent, as registered with the API application; `authorize` listens on it",
     false, web_address_as_it_is<&Settings::drchrono_redirect_uri>},
    secret<&Settings::token_key>("TOKEN_KEY",
                                 "key material for the tokens at rest; empty: derived from the client secret",
                                 Change::live, strong<&Settings::token_key>),
    secret<&Settings::token_key_previous>(
        "TOKEN_KEY_PREVIOUS",
        "also opens the stored tokens, which are sealed again under the key that seals now; the client secret before, where "
        "the key derives from that",
        Change::live_may_go, strong<&Settings::token_key_previous>),
    secret<&Settings::drchrono_webhook_secret>("DRCHRONO_WEBHOOK_SECRET",
                                               "secret token of the webhook; required (--dev: \"dev\")", Change::live,
                                               strong<&Settings::drchrono_webhook_secret>),
    secret<&Settings::drchrono_webhook_secret_previous>(
        "DRCHRONO_WEBHOOK_SECRET_PREVIOUS", "also accepted, while the secret is being rotated", Change::live_may_go,
        strong<&Settings::drchrono_webhook_secret_previous>),
    {"DRCHRONO_WEBHOOK_APPLY", "snapshot",
     "snapshot: apply the object in a delivery; refetch: fetch each record from DrChrono", false, webhook_apply},
    {"DRCHRONO_RATE_PER_SECOND", "10", "most requests to DrChrono in a second; 0: no limit", false,
     number<&Settings::drchrono_rate_per_second, 0, 100000>},
    {"DRCHRONO_RATE_PER_10MIN", "290", "most requests in ten minutes; 0: no limit", false,
     number<&Settings::drchrono_rate_per_10min, 0, 10000000>},
    {"DRCHRONO_RATE_PER_HOUR", "500", "most requests in a clock hour; 0: no limit", false,
     number<&Settings::drchrono_rate_per_hour, 0, 10000000>},
    {"DRCHRONO_PRACTICE_GROUP_ID", "",
     "our practice; deliveries of others are kept but not applied; empty: DrChrono is asked, and deliveries that name a "
     "practice wait until it is known",
     false, text<&Settings::drchrono_practice_group_id>},
    {"OMIT_FIELDS", "", "JSON members never stored, at any depth, separated by commas (e.g. social_security_number)",
     false, several<&Settings::omit_fields>},
    secret<&Settings::deepcura_shared_secret>(
        "DEEPCURA_SHARED_SECRET",
        "secret of the gridhooks, in their header and for their cipher; required (--dev: unset refuses all)",
        Change::live, strong<&Settings::deepcura_shared_secret>),
    secret<&Settings::deepcura_shared_secret_previous>(
        "DEEPCURA_SHARED_SECRET_PREVIOUS", "also accepted, while the secret is being rotated", Change::live_may_go,
        strong<&Settings::deepcura_shared_secret_previous>),
    {"DEEPCURA_CIPHER", "scrypt-zero-iv",
     "how gridhooks are encrypted: scrypt-zero-iv, scrypt-iv-prefix, sha256-iv-prefix, cryptojs or aes-gcm (--dev: also none); "
     "`gridhook probe` finds out which",
     false, deepcura_cipher},
    secret<&Settings::scribe_generic_secret>(
        "SCRIBE_GENERIC_SECRET",
        "secret of another scribe that posts plain JSON to /webhooks/scribe/generic: signs (whsec_…), or comes in the header "
        "X-scribe-secret; empty: that route refuses all",
        Change::live_may_go, scribe_secret<&Settings::scribe_generic_secret>),
    secret<&Settings::scribe_generic_secret_previous>(
        "SCRIBE_GENERIC_SECRET_PREVIOUS", "also accepted, while the secret is being rotated", Change::live_may_go,
        scribe_secret<&Settings::scribe_generic_secret_previous>),
    {"PRACTICE_TIMEZONE", "",
     "IANA zone of times whose doctor has none, e.g. America/New_York; the service refuses to start with an unknown one",
     false, text<&Settings::practice_timezone>},
    {"OIDC_AUDIENCE", "",
     "the aud claim in tokens of callers of /sync and /maintenance, e.g. this service's address; empty: all are refused",
     false, text<&Settings::oidc_audience>},
    {"OIDC_ALLOWED_EMAILS", "", "service accounts that may call them, separated by commas; empty: nobody", false,
     several<&Settings::oidc_allowed_emails>},
    {"OIDC_ISSUER", "https://accounts.google.com", "the iss of their tokens", false, text<&Settings::oidc_issuer>},
    {"OIDC_JWKS_URL", "https://www.googleapis.com/oauth2/v3/certs", "where that issuer's public keys are", false,
     key_address<&Settings::oidc_jwks_url>},
    {"TRUSTED_PROXIES", "",
     "addresses and ranges of the proxies before the service, separated by commas: from them, X-Forwarded-For says who the client is; "
     "empty: nobody, the peer is the client",
     false, trusted_proxies},
    {"AUDIT_ANCHOR", "",
     "where the end of the audit chain is kept outside the database: the absolute path of a file, or an https address that "
     "takes an object by PUT; empty: in the log alone",
     false, anchor_place},
    secret<&Settings::audit_anchor_authorization>(
        "AUDIT_ANCHOR_AUTHORIZATION",
        "the Authorization header of that PUT; empty: for Google's storage the service account's token, else none",
        Change::at_start, one_line<&Settings::audit_anchor_authorization>),
    {"ADMIN", "",
     "the admin page: off, password (users have passwords) or iap (users sign in through Google's proxy); empty: "
     "iap where ADMIN_IAP_AUDIENCE is set, else password",
     false, admin_door},
    {"ADMIN_SECOND_FACTOR", "off",
     "whose password needs a second factor: off (only where a user has one), clinical (roles that see clinical content) or all",
     false, admin_second_factor},
    {"EMERGENCY_ACCESS", "1h", "how long a user of the role emergency sees clinical content after giving a reason",
     false, duration<&Settings::emergency_access>},
    {"ADMIN_IAP_AUDIENCE", "",
     "the aud of Google IAP's tokens for the admin page; set: who signs in there comes through IAP, and passwords are not "
     "taken",
     false, text<&Settings::admin_iap_audience>},
    {"ADMIN_IAP_JWKS_URL", "https://www.gstatic.com/iap/verify/public_key-jwk", "where IAP's public keys are", false,
     key_address<&Settings::admin_iap_jwks_url>},
    {"SYNC_SCHEDULE", "",
     "the built-in scheduler, e.g. patients=15m,appointments=5m,all=24h@03:00,full=7d@01:00,cleanup=24h@04:30; empty: none",
     false, sync_schedule},
    {"SYNC_LOOKBACK", "26h", "how far before the start of the last complete run an incremental one reads", false,
     duration<&Settings::sync_lookback>},
    {"SYNC_MAX_VANISHED", "20",
     "how many records of a kind may be missing from a whole listing, whatever their share, before a run removes none and "
     "says so; of doctors and offices only the share counts, and never all",
     false, number<&Settings::sync_max_vanished, 0, 1'000'000>},
    {"SYNC_MAX_VANISHED_SHARE", "0.1", "what share of the records may be missing, from 0 to 1", false,
     share<&Settings::sync_max_vanished_share>},
    {"REQUEST_DEADLINE", "280s", "how long a call of /sync works before it answers 202", false,
     duration<&Settings::request_deadline>},
    {"RETAIN_INBOX", "30d", "how long finished deliveries are kept; 0: forever", false,
     retention<&retention::Settings::inbox>},
    {"RETAIN_OUTBOX", "7d", "how long published events are kept; 0: forever", false,
     retention<&retention::Settings::outbox>},
    {"RETAIN_LOCAL_FEED", "0", "how long events stay in view outbox_feed, where no topic is configured; 0: forever",
     false, retention<&retention::Settings::local_feed>},
    {"RETAIN_SYNC_LOG", "90d", "how long ended runs are kept; 0: forever", false,
     retention<&retention::Settings::sync_log>},
    {"RETAIN_SYNC_FAILURES", "90d", "how long records that failed once and were stored since are kept; 0: forever",
     false, retention<&retention::Settings::sync_failures>},
    {"RETAIN_CHANGE_LOG", "2557d", "how long changes are kept, at least six years (2192d); whole years go; 0: forever",
     false, retention<&retention::Settings::change_log>},
    {"RETAIN_TRANSCRIPTS", "0", "how long transcripts of Deep Cura notes are kept; 0: forever", false,
     retention<&retention::Settings::transcripts>},
    {"GCP_PROJECT", "", "project of the Pub/Sub topic; empty: events are offered in view outbox_feed", false,
     text<&Settings::gcp_project>},
    {"PUBSUB_TOPIC", "change-events", "topic for the events", false, text<&Settings::pubsub_topic>},
    {"PUBSUB_EMULATOR_HOST", "", "host:port of the Pub/Sub emulator; empty: the real service", false,
     text<&Settings::pubsub_emulator_host>},
    {"GOOGLE_APPLICATION_CREDENTIALS", "", "service-account key file; empty: the metadata server", false,
     text<&Settings::google_application_credentials>},
};

Error wrong(std::string_view name, std::string_view what) {
    return {Fault::bad_input, fmt::format("{}: {}", name, what)};
}

constexpr std::streamsize longest_secret = 64 * 1024;

/// The path of a secret's file; empty: it does not come from one.
Result<std::string> secret_file(const SettingRow& row, const Lookup& lookup) {
    if (!row.secret) return std::string{};
    auto path = lookup(fmt::format("{}_FILE", row.name)).value_or("");
    const bool both = !path.empty() && !lookup(std::string{row.name}).value_or("").empty();
    if (both) return wrong(row.name, "set it or its _FILE form, not both");
    return path;
}

/// Empty: nothing was given.
Result<std::string> find(const SettingRow& row, const Lookup& lookup) {
    const auto path = secret_file(row, lookup);
    if (!path) return path.error();
    if (!path->empty()) return read_secret_file(row, *path);
    return lookup(std::string{row.name}).value_or("");
}

Result<> check_whole(Settings& settings) {
    if (settings.dev) {
        if (settings.host != "127.0.0.1" && settings.host != "::1" && settings.host != "localhost")
            return wrong("HOST", "--dev serves on loopback only");
        if (settings.drchrono_webhook_secret.empty()) settings.drchrono_webhook_secret = "dev";
    }
    if (settings.drchrono_webhook_secret.empty())
        return wrong("DRCHRONO_WEBHOOK_SECRET",
                     "is missing: set it (or DRCHRONO_WEBHOOK_SECRET_FILE), or start with --dev");
    if (settings.deepcura_shared_secret.empty() && !settings.dev)
        return wrong("DEEPCURA_SHARED_SECRET",
                     "is missing: set it (or DEEPCURA_SHARED_SECRET_FILE), or start with --dev");
    if (!settings.dev && settings.drchrono_client_id.empty() != settings.drchrono_client_secret.empty())
        return settings.drchrono_client_id.empty()
                   ? wrong("DRCHRONO_CLIENT_ID", "is missing: DRCHRONO_CLIENT_SECRET is set, and tokens are only "
                                                 "refreshed with both; set both or neither, or start with --dev")
                   : wrong(
                         "DRCHRONO_CLIENT_SECRET",
                         "is missing: DRCHRONO_CLIENT_ID is set, and tokens are only refreshed with both; set both or "
                         "neither (or DRCHRONO_CLIENT_SECRET_FILE), or start with --dev");
    if (settings.admin.empty()) settings.admin = settings.admin_iap_audience.empty() ? "password" : "iap";
    if (settings.admin == "iap" && settings.admin_iap_audience.empty())
        return wrong("ADMIN", "iap needs ADMIN_IAP_AUDIENCE");
    if (settings.admin == "password" && !settings.admin_iap_audience.empty())
        return wrong("ADMIN", "password, but ADMIN_IAP_AUDIENCE is set");
    if (settings.deepcura_cipher == "none" && !settings.dev)
        return wrong("DEEPCURA_CIPHER", "none takes plain notes, with --dev only");
    if (const auto kept = settings.retention.change_log; kept.count() > 0 && kept < retention::change_log_floor)
        return wrong("RETAIN_CHANGE_LOG", "must be at least 2192d (six years), or 0");
    return {};
}

}  // namespace

const std::vector<SettingRow>& setting_rows() { return table; }

std::vector<std::string_view> short_secrets(const Settings& settings) {
    constexpr std::size_t recommended = 32;
    std::vector<std::string_view> names;
    for (const auto& [name, value] : {std::pair{"DRCHRONO_WEBHOOK_SECRET", &settings.drchrono_webhook_secret},
                                      {"DEEPCURA_SHARED_SECRET", &settings.deepcura_shared_secret},
                                      {"SCRIBE_GENERIC_SECRET", &settings.scribe_generic_secret},
                                      {"TOKEN_KEY", &settings.token_key}})
        if (!settings.dev && !value->empty() && value->size() < recommended) names.emplace_back(name);
    return names;
}

SenderSecrets secrets_of(const Settings& settings, std::string_view name) {
    const auto row = std::ranges::find(table, name, &SettingRow::name);
    const auto previous = std::ranges::find(table, fmt::format("{}_PREVIOUS", name), &SettingRow::name);
    return {settings.*row->member, settings.*previous->member};
}

Result<std::string> read_secret_file(const SettingRow& row, const std::string& path) {
    std::error_code unknown;
    if (row.may_go && !std::filesystem::exists(path, unknown) && !unknown) return std::string{};
    std::ifstream file{path, std::ios::binary};
    if (!file) return wrong(row.name, "its file cannot be read");
    std::string content(longest_secret + 1, '\0');
    file.read(content.data(), std::ssize(content));
    if (file.bad() || !file.eof()) return wrong(row.name, "its file cannot be read, or is larger than 64 KB");
    content.resize(static_cast<std::size_t>(file.gcount()));
    while (content.ends_with('\n') || content.ends_with('\r')) content.pop_back();
    return content;
}

Lookup environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value ? std::optional<std::string>{value} : std::nullopt;
    };
}

Result<std::string> read_setting(const Lookup& lookup, std::string_view name) {
    const auto row = std::ranges::find(table, name, &SettingRow::name);
    const auto found = find(*row, lookup);
    if (!found) return found.error();
    return found->empty() ? std::string{row->fallback} : *found;
}

Result<Settings> read_settings(const Lookup& lookup, bool dev) {
    Settings settings;
    settings.dev = dev;
    for (const auto& row : table) {
        const auto found = find(row, lookup);
        if (!found) return found.error();
        auto value = *found;
        if (value.empty()) value = dev && row.name == "HOST" ? "127.0.0.1" : std::string{row.fallback};
        if (const auto set = row.set(settings, value); !set) return wrong(row.name, set.error().detail);
        if (auto path = secret_file(row, lookup); path && !path->empty())
            settings.secret_files.emplace(row.name, std::move(*path));
    }
    if (const auto checked = check_whole(settings); !checked) return checked.error();
    return settings;
}

}  // namespace dcs::app
