#pragma once
// Look: each kind of evidence, as it is found when the pack is made. A look that fails gives a section that says why.
//
// Time       "now" is `at`: ages and windows are reckoned from it, so that the same state gives the same sections.
// Cost       each look at the database has `look_limit`, the audit chain `chain_limit`.

#include "app/part_settings.hpp"
#include "audit/seal_key.hpp"
#include "base/async.hpp"
#include "evidence/section.hpp"
#include "pg/pool.hpp"

#include <filesystem>
#include <optional>

namespace dcs::evidence {

inline constexpr std::chrono::seconds look_limit{20};
inline constexpr std::chrono::seconds chain_limit{80};

struct Sight {
    const app::Settings& settings;
    app::Lookup lookup;
    pg::Settings database;
    Time at{};
    int days = 90;                            // of access_log
    std::string version{};                    // of the program
    std::filesystem::path program{};          // its file
    std::filesystem::path sbom{};             // a bill of materials that need not be there
    std::filesystem::path vulnerabilities{};  // likewise
};

// look_settings.cpp: what the program knows by itself.
Section look_at_settings(const Sight& sight);
Section look_at_addresses(const Sight& sight);
Section look_at_sessions(const Sight& sight);
Section look_at_routes();
Section look_at_roles();

// look_database.cpp and look_activity.cpp
Async<Section> look_at_users(const Sight& sight, pg::Pool& pool);
Async<Section> look_at_database_roles(const Sight& sight, pg::Pool& pool);
Async<Section> look_at_connections(const Sight& sight, pg::Pool& pool);
Async<Section> look_at_versions(const Sight& sight, pg::Pool& pool);
Async<Section> look_at_access(const Sight& sight, pg::Pool& pool);
Async<Section> look_at_retention(const Sight& sight, pg::Pool& pool);
Async<Section> look_at_alerts(const Sight& sight, pg::Pool& pool);

// look_proofs.cpp
Async<Section> look_at_chain(const Sight& sight, pg::Pool& pool);
Section look_at_backups(const Sight& sight);
Async<Section> look_at_drill(const Sight& sight, pg::Pool& pool);

// look_components.cpp: files that go into the pack as they are.
struct Attachment {
    Section section;
    std::string bytes{};  // empty: there is none
};
Attachment look_at_sbom(const Sight& sight);
Attachment look_at_vulnerabilities(const Sight& sight);

/// "3 days", "5 hours", "12 minutes", of the time between; "0 minutes" for one that is not past.
std::string age_of(Time then, Time at);
/// "2026-11-27T12:00:00Z".
std::string to_seconds(Time time);
/// A time of the database as text, or "never".
std::string time_or_never(const pg::Rows& rows, int row, int column);

}  // namespace dcs::evidence
