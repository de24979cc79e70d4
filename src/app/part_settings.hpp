#pragma once
// PartSettings: what the parts that talk to others take from the settings.

#include "app/anchors.hpp"
#include "app/settings.hpp"
#include "audit/seal_key.hpp"
#include "auth/oidc.hpp"
#include "auth/second_factor.hpp"
#include "outbox/pubsub.hpp"
#include "pg/pool.hpp"
#include "upstream/drchrono.hpp"
#include "upstream/shared_budget.hpp"

#include <filesystem>

namespace dcs::app {

/// Where the database is; host empty: the embedded one.
pg::Settings database_settings(const Settings& settings);

auth::OidcSettings oidc_settings(const Settings& settings);

/// What the settings say of DrChrono's tokens and of the keys they are sealed with.
upstream::TokenSettings token_settings(const Settings& settings);
/// What keys are derived from, each for its purpose: the first that is not empty makes what is new (TOKEN_KEY; where that is not
/// set DrChrono's client secret, else the webhook's), all open what is older.
std::vector<std::string> own_secrets(const Settings& settings);
/// The keys of the seals.
audit::SealKeys seal_keys(const Settings& settings);
auth::SecondFactorKeys second_factor_keys(const Settings& settings);
auth::SecondFactorFor second_factor_for(const Settings& settings);
AnchorSettings anchor_settings(const Settings& settings, std::string instance);
upstream::DrchronoSettings drchrono_settings(const Settings& settings);
upstream::SharedBudgetSettings budget_settings(const Settings& settings);
outbox::GoogleSettings google_settings(const Settings& settings);
outbox::TopicSettings topic_settings(const Settings& settings);

/// Where backups are.
std::filesystem::path backup_directory(const Settings& settings);

/// Whether there is anything to ask DrChrono with.
bool asks_drchrono(const Settings& settings);

}  // namespace dcs::app
