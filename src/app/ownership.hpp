#pragma once
// Ownership: whether who signs in to the database can become the owner of what is audited.

#include <string_view>

namespace dcs::app {

/// SQL: the session's user is, or can become, the owner of change_log, access_log or audit_seals, or may create a role that is.
inline constexpr std::string_view can_own_audit_tables =
    "((select rolsuper or rolcreaterole from pg_roles where rolname = session_user) or exists ("
    "select from unnest(array['change_log', 'access_log', 'audit_seals']) as t (name) "
    "join pg_class c on c.oid = to_regclass(t.name) where pg_has_role(session_user, c.relowner, 'member')))";

}  // namespace dcs::app
