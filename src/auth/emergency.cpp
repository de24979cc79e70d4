#include "auth/emergency.hpp"

namespace dcs::auth {

pg::Statement open_emergency(std::string_view user, std::string_view reason, std::chrono::seconds lasts) {
    return pg::sql(
        "insert into emergency_accesses (user_name, reason, ends_at) "
        "select u.name, $2, now() + interval '1 second' * $3::int from admin_users u "
        "where u.name = $1 and u.disabled_at is null and 'emergency' = any (u.roles) and not exists ("
        "select from emergency_accesses e where e.user_name = u.name and e.closed_at is null and e.ends_at > now()) "
        "returning id, to_json(ends_at) #>> '{}'",
        user, reason, lasts.count());
}

pg::Statement close_emergency(std::string_view user) {
    return pg::sql(
        "update emergency_accesses set closed_at = now() where user_name = $1 and closed_at is null and ends_at > now()",
        user);
}

pg::Statement review_emergency(std::string_view id, std::string_view by, std::string_view note) {
    return pg::sql(
        "update emergency_accesses set reviewed_at = now(), reviewed_by = $2, review = $3 where id = $1::uuid "
        "and reviewed_at is null and user_name <> $2 and (closed_at is not null or ends_at <= now())",
        id, by, note);
}

pg::Statement list_open_reviews() {
    return pg::sql(
        "select id, user_name, to_json(opened_at) #>> '{}', to_json(coalesce(closed_at, ends_at)) #>> '{}', reason "
        "from emergency_accesses where reviewed_at is null order by opened_at, id");
}

}  // namespace dcs::auth
