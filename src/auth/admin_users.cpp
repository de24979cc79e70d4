#include "auth/admin_users.hpp"

#include "crypto/crypto.hpp"

#include <algorithm>

namespace dcs::auth {

namespace {

bool alphanumeric(char letter) { return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9'); }

std::optional<std::string> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace

std::string_view fault_of_name(std::string_view name) noexcept {
    const bool shaped =
        !name.empty() && name.size() <= 100 && alphanumeric(name.front()) && std::ranges::all_of(name, [](char letter) {
            return alphanumeric(letter) || std::string_view{"._@+-"}.find(letter) != std::string_view::npos;
        });
    return shaped ? "" : "a name is lower-case letters, digits and . _ @ + -, 100 characters at most";
}

std::string_view fault_of_password(std::string_view password) noexcept {
    if (password.size() < least_password) return "a password has 12 characters at least";
    if (password.size() > longest_password) return "a password has 200 bytes at most";
    return "";
}

pg::Statement add_user(const AdminUser& user) {
    return pg::sql("insert into admin_users (name, email, roles, password_hash) "
                   "values ($1, lower($2), string_to_array($3, ','), $4) on conflict (name) do nothing",
                   user.name, unless_empty(user.email), text_of(user.roles), unless_empty(user.password_hash));
}

pg::Statement put_user(const AdminUser& user) {
    return pg::sql(
        "insert into admin_users (name, email, roles, password_hash) "
        "values ($1, lower($2), string_to_array($3, ','), $4) on conflict (name) do update "
        "set roles = excluded.roles, password_hash = excluded.password_hash, disabled_at = null, updated_at = now()",
        user.name, unless_empty(user.email), text_of(user.roles), unless_empty(user.password_hash));
}

pg::Statement set_password(std::string_view name, std::string_view password_hash) {
    return pg::sql("update admin_users set password_hash = $2, updated_at = now() where name = $1", name,
                   password_hash);
}

pg::Statement set_roles(std::string_view name, const Roles& roles) {
    return pg::sql("update admin_users set roles = string_to_array($2, ','), updated_at = now() where name = $1", name,
                   text_of(roles));
}

pg::Statement disable_user(std::string_view name) {
    return pg::sql(
        "update admin_users set disabled_at = coalesce(disabled_at, now()), updated_at = now() where name = $1", name);
}

pg::Statement enable_user(std::string_view name) {
    return pg::sql("update admin_users set disabled_at = null, updated_at = now() where name = $1", name);
}

pg::Statement end_sessions(std::string_view name) {
    return pg::sql("delete from admin_sessions where user_name = $1", name);
}

pg::Statement end_other_sessions(std::string_view name, std::string_view session) {
    return pg::sql("delete from admin_sessions where user_name = $1 and id_sha256 <> $2", name,
                   pg::Param::bytes(crypto::sha256(session)));
}

pg::Statement unblock(std::string_view name_or_address) {
    return pg::sql(
        "delete from admin_failed_sign_ins where $1 = '' or sha256(convert_to($1, 'UTF8')) in (name_sha256, address_sha256)",
        name_or_address);
}

pg::Statement list_users(std::chrono::seconds idle) {
    return pg::sql(
        "select u.name, array_to_string(u.roles, ','), coalesce(u.email, ''), u.disabled_at is not null,"
        " u.password_hash is not null, max(s.last_seen_at), f.user_name is not null, to_json(f.used_at) #>> '{}',"
        " count(s.id_sha256) filter (where s.expires_at > now() and s.last_seen_at > now() - interval '1 second' * $1::int),"
        " to_json((select l.at from access_log l where l.actor = 'admin:' || u.name order by l.id desc limit 1)) #>> '{}',"
        " to_json(u.created_at) #>> '{}' "
        "from admin_users u left join admin_sessions s on s.user_name = u.name "
        "left join admin_second_factors f on f.user_name = u.name group by u.name, f.user_name order by u.name",
        idle.count());
}

}  // namespace dcs::auth
