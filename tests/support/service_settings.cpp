#include "support/service_settings.hpp"

#include "simulator/options.hpp"

namespace dcs::test {

std::map<std::string, std::string> service_settings(const pg::Settings& database, const std::string& drchrono) {
    const simulator::Options defaults;
    return {{"HOST", "127.0.0.1"},
            {"DB_HOST", database.host},
            {"DB_PORT", std::to_string(database.port)},
            {"DB_NAME", database.database},
            {"DB_USER", database.user},
            {"DB_PASSWORD", database.password},
            {"DRCHRONO_BASE_URL", drchrono},
            {"DRCHRONO_CLIENT_ID", defaults.client_id},
            {"DRCHRONO_CLIENT_SECRET", defaults.client_secret},
            {"DRCHRONO_ACCESS_TOKEN", defaults.access_token},
            {"DRCHRONO_REFRESH_TOKEN", defaults.refresh_token},
            {"DRCHRONO_RATE_PER_SECOND", "0"},
            {"DRCHRONO_RATE_PER_10MIN", "0"},
            {"DRCHRONO_RATE_PER_HOUR", "0"},
            {"PRACTICE_TIMEZONE", "America/New_York"}};
}

}  // namespace dcs::test
