#pragma once
// PartSettings: what the parts that talk to others take from the settings.

#include "app/settings.hpp"
#include "auth/oidc.hpp"
#include "outbox/pubsub.hpp"
#include "pg/pool.hpp"
#include "upstream/drchrono.hpp"
#include "upstream/shared_budget.hpp"

namespace dcs::app {

/// Where the database is; host empty: the embedded one.
pg::Settings database_settings(const Settings& settings);

auth::OidcSettings oidc_settings(const Settings& settings);

/// What the settings say of DrChrono's tokens and of the keys they are sealed with.
upstream::TokenSettings token_settings(const Settings& settings);
upstream::DrchronoSettings drchrono_settings(const Settings& settings);
upstream::SharedBudgetSettings budget_settings(const Settings& settings);
outbox::GoogleSettings google_settings(const Settings& settings);
outbox::TopicSettings topic_settings(const Settings& settings);

/// Whether there is anything to ask DrChrono with.
bool asks_drchrono(const Settings& settings);

}  // namespace dcs::app
