#include "app/part_settings.hpp"

#include "pg/tls.hpp"

#include <cstdlib>

namespace dcs::app {

pg::Settings database_settings(const Settings& settings) {
    pg::Settings database;
    database.host = settings.db_host;
    database.port = settings.db_port;
    database.database = settings.db_name;
    database.user = settings.db_user;
    database.password = settings.db_password;
    database.sslmode = pg::sslmode_for(settings.db_host, settings.db_sslmode);
    database.pool_size = settings.db_pool_size;
    return database;
}

auth::OidcSettings oidc_settings(const Settings& settings) {
    return {.audience = settings.oidc_audience,
            .allowed_emails = settings.oidc_allowed_emails,
            .issuer = settings.oidc_issuer,
            .jwks_url = settings.oidc_jwks_url};
}

upstream::TokenSettings token_settings(const Settings& settings) {
    upstream::TokenSettings tokens;
    tokens.base_url = settings.drchrono_base_url;
    tokens.client_id = settings.drchrono_client_id;
    tokens.client_secret = settings.drchrono_client_secret;
    tokens.access_token = settings.drchrono_access_token;
    tokens.refresh_token = settings.drchrono_refresh_token;
    tokens.sealing_secret = settings.token_key.empty() ? settings.drchrono_client_secret : settings.token_key;
    // The client secret also where there is a TOKEN_KEY: it may be new, and the tokens older than it.
    for (const auto& secret : {settings.token_key_previous, settings.drchrono_client_secret})
        if (!secret.empty() && secret != tokens.sealing_secret) tokens.opening_secrets.push_back(secret);
    return tokens;
}

std::vector<std::string> own_secrets(const Settings& settings) {
    return {settings.token_key, settings.drchrono_client_secret, settings.drchrono_webhook_secret,
            settings.token_key_previous, settings.drchrono_webhook_secret_previous};
}

audit::SealKeys seal_keys(const Settings& settings) { return audit::seal_keys(own_secrets(settings)); }

auth::SecondFactorKeys second_factor_keys(const Settings& settings) {
    return auth::second_factor_keys(own_secrets(settings));
}

auth::SecondFactorFor second_factor_for(const Settings& settings) {
    if (settings.admin_second_factor == "all") return auth::SecondFactorFor::all;
    return settings.admin_second_factor == "clinical" ? auth::SecondFactorFor::clinical : auth::SecondFactorFor::nobody;
}

AnchorSettings anchor_settings(const Settings& settings, std::string instance) {
    return {.place = settings.audit_anchor,
            .authorization = settings.audit_anchor_authorization,
            .instance = std::move(instance)};
}

upstream::DrchronoSettings drchrono_settings(const Settings& settings) {
    upstream::DrchronoSettings drchrono;
    drchrono.base_url = settings.drchrono_base_url;
    return drchrono;
}

upstream::SharedBudgetSettings budget_settings(const Settings& settings) {
    upstream::SharedBudgetSettings budget;
    budget.allowance = {settings.drchrono_rate_per_second, settings.drchrono_rate_per_10min,
                        settings.drchrono_rate_per_hour};
    budget.speed = settings.budget_speed;
    return budget;
}

outbox::GoogleSettings google_settings(const Settings& settings) {
    outbox::GoogleSettings google;
    google.credentials_file = settings.google_application_credentials;
    if (const char* host = std::getenv("GCE_METADATA_HOST")) google.metadata_host = host;
    return google;
}

outbox::TopicSettings topic_settings(const Settings& settings) {
    outbox::TopicSettings topic;
    topic.project = settings.gcp_project;
    topic.topic = settings.pubsub_topic;
    topic.emulator_host = settings.pubsub_emulator_host;
    return topic;
}

std::filesystem::path backup_directory(const Settings& settings) {
    // pg_dump and the others may work in another directory than ours.
    return std::filesystem::absolute(settings.backup_dir.empty() ? std::filesystem::path{settings.data_dir} / "backups"
                                                                 : std::filesystem::path{settings.backup_dir});
}

bool asks_drchrono(const Settings& settings) {
    return !settings.drchrono_access_token.empty() || !settings.drchrono_client_secret.empty();
}

}  // namespace dcs::app
