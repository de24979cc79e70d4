#pragma once
// AdminUsers: who may sign in to the admin page, as statements on table admin_users.
//
// Promise    a change of password, roles or right to sign in ends the sessions of that user at once.
// Names      lower case; letters, digits and . _ @ + -; 100 characters at most.

#include "auth/roles.hpp"
#include "pg/statement.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::auth {

inline constexpr std::size_t least_password = 12;
inline constexpr std::size_t longest_password = 200;

/// Why this cannot be a user's name, or a password; empty: it can.
std::string_view fault_of_name(std::string_view name) noexcept;
std::string_view fault_of_password(std::string_view password) noexcept;

struct AdminUser {
    std::string name;
    Roles roles;
    std::string email{};          // that Google IAP vouches for; empty: none
    std::string password_hash{};  // empty: signs in by IAP only
};

/// No row affected: the name is taken. A taken address is refused by the database.
pg::Statement add_user(const AdminUser& user);
/// Adds the user, or gives an existing one this password and these roles.
pg::Statement put_user(const AdminUser& user);
// Each: no row affected: no such user.
pg::Statement set_password(std::string_view name, std::string_view password_hash);
pg::Statement set_roles(std::string_view name, const Roles& roles);
pg::Statement disable_user(std::string_view name);
pg::Statement enable_user(std::string_view name);
pg::Statement end_sessions(std::string_view name);
/// All but the one with this id.
pg::Statement end_other_sessions(std::string_view name, std::string_view session);
/// Lets sign-ins that wrong passwords have slowed down go on at once: of a name, from an address, or (empty) all.
pg::Statement unblock(std::string_view name_or_address);
/// Rows: name, roles, email, disabled, has a password, last seen, has a second factor, when that was used last, sessions that were
/// used within `idle`, when the user last did anything that access_log has, since when there is the user.
pg::Statement list_users(std::chrono::seconds idle = std::chrono::minutes{15});

}  // namespace dcs::auth
