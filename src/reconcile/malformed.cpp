#include "reconcile/malformed.hpp"

#include <boost/json.hpp>

namespace dcs::reconcile {

std::optional<pg::Statement> note_malformed(const std::string& run_id, std::span<const std::string> keys,
                                            const std::vector<store::Applied>& applied) {
    constexpr std::size_t most_named = 20;
    boost::json::object named;
    for (std::size_t at = 0; at < applied.size() && named.size() < most_named; ++at)
        if (!applied[at].malformed.empty()) named[keys[at]] = boost::json::value_from(applied[at].malformed);
    if (named.empty()) return std::nullopt;
    return pg::sql("update sync_log set details = details || jsonb_build_object('malformed', "
                   "coalesce(details -> 'malformed', '{}') || $2::jsonb) where id = $1::uuid and "
                   "(select count(*) from jsonb_object_keys(coalesce(details -> 'malformed', '{}'))) < $3",
                   run_id, boost::json::serialize(named), static_cast<std::int64_t>(most_named));
}

}  // namespace dcs::reconcile
