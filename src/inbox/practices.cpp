#include "inbox/practices.hpp"

namespace dcs::inbox {

namespace {

constexpr auto held = "state = 'pending' and reason = 'waits until our practice is known'";

}  // namespace

// The reasons stand in the statements as they stand in the partial indexes of migration 0076.
pg::Statement hold_for_practice(std::span<const Claimed* const> claimed) {
    pg::ArrayBuilder seqs;
    pg::ArrayBuilder fences;
    for (const auto* each : claimed) {
        seqs.add(each->seq);
        fences.add(each->fence);
    }
    return pg::sql("update inbox i set state = 'pending', reason = $3, attempts = greatest(i.attempts - 1, 0), "
                   "next_try_at = now() + interval '1 hour', lease_owner = null, lease_until = null "
                   "from unnest($1::bigint[], $2::bigint[]) as c (seq, fence) "
                   "where i.seq = c.seq and i.fence = c.fence and i.state = 'processing'",
                   std::move(seqs).take(), std::move(fences).take(), waits_for_practice);
}

pg::Statement release_held(int most) {
    return pg::sql(std::string{"update inbox set next_try_at = now(), reason = null where seq in "
                               "(select seq from inbox where "} +
                       held + " order by seq limit $1 for update skip locked)",
                   most);
}

pg::Statement take_up_ignored(std::string_view practice, int most) {
    return pg::sql("update inbox set state = 'pending', reason = null, attempts = 0, next_try_at = now(), "
                   "finished_at = null where seq in (select seq from inbox where state = 'ignored' "
                   "and reason = 'another practice' and practice_group_id = $1 order by seq limit $2 "
                   "for update skip locked)",
                   practice, most);
}

pg::Statement count_held() {
    return pg::sql(std::string{"select count(*) from (select from inbox where "} + held + " limit 10000) h");
}

pg::Statement try_again(std::span<const std::string> ids) {
    return pg::sql("update inbox set state = 'pending', reason = null, attempts = 0, next_try_at = now(), "
                   "finished_at = null where id = any($1::uuid[]) and source = 'drchrono' "
                   "and (state = 'dead' or (state = 'ignored' and reason = 'another practice'))",
                   pg::text_array(ids));
}

}  // namespace dcs::inbox
