#include "app/part_settings.hpp"
#include "audit/access_log.hpp"
#include "auth/admin_users.hpp"
#include "auth/emergency.hpp"
#include "auth/second_factor.hpp"
#include "base/document.hpp"
#include "cli/commands.hpp"
#include "cli/person.hpp"
#include "cli/start_settings.hpp"
#include "cli/values.hpp"
#include "cli/with_database.hpp"
#include "crypto/password.hpp"
#include "pg/migrate.hpp"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <optional>

namespace dcs::cli {

namespace {

/// What is typed is not shown while one lives.
class Silent {
public:
    Silent() : terminal_{::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0} {
        if (!terminal_) return;
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    ~Silent() {
        if (terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    Silent(const Silent&) = delete;
    Silent& operator=(const Silent&) = delete;
    bool terminal() const noexcept { return terminal_; }

private:
    termios before_{};
    bool terminal_;
};

int complain(std::string_view what) {
    fmt::print(stderr, "drchrono-sync: {}\n", what);
    return 2;
}

/// Asks for it twice at a terminal, else takes the first line of standard input. nullopt: standard error says why.
std::optional<std::string> ask_password() {
    const Silent silent;
    std::string password;
    std::string again;
    if (silent.terminal()) fmt::print(stderr, "Password: ");
    std::getline(std::cin, password);
    if (silent.terminal()) {
        fmt::print(stderr, "\nRepeat the password: ");
        std::getline(std::cin, again);
        fmt::print(stderr, "\n");
    }
    const auto fault =
        silent.terminal() && password != again ? "the two passwords differ" : auth::fault_of_password(password);
    if (fault.empty()) return password;
    complain(fault);
    return std::nullopt;
}

/// Runs the statements on a database that has them all; the first tells whether somebody was concerned.
Async<int> change(pg::Pool& pool, std::vector<pg::Statement> statements, std::string done, std::string nobody) {
    const auto migrated = co_await pg::migrate(pool);
    auto rows = Result<std::vector<pg::Rows>>{migrated ? Error{} : migrated.error()};
    if (migrated) {
        auto beginning = pg::Transaction::begin(pool, {person(), "person:" + person()});
        auto transaction = co_await std::move(beginning);
        if (transaction) rows = co_await transaction->run(std::move(statements));
        else rows = transaction.error();
        if (rows) {
            const auto committed = co_await transaction->commit();
            if (!committed) rows = committed.error();
        }
    }
    if (!rows) {
        fmt::print(stderr, "drchrono-sync: {}: {}\n", name_of(rows.error().fault), rows.error().detail);
        co_return 1;
    }
    if (rows->front().affected() == 0) {
        fmt::print(stderr, "drchrono-sync: {}\n", nobody);
        co_return 1;
    }
    fmt::print("{}\n", done);
    co_return 0;
}

int change_users(bool dev, std::vector<pg::Statement> statements, const std::string& done, const std::string& nobody) {
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    return with_database(*settings, [&](pg::Pool& pool) { return change(pool, statements, done, nobody); });
}

/// "second factor, last used 2026-11-27 09:00:00+00".
std::string second_factor_of(const pg::Rows& users, int row) {
    if (!users.boolean(row, 6)) return "";
    return users.null(row, 7) ? "second factor, never used" : "second factor, last used " + users.string(row, 7);
}

Async<int> print_users(pg::Pool& pool) {
    const auto migrated = co_await pg::migrate(pool);
    if (!migrated) {
        fmt::print(stderr, "drchrono-sync: {}: {}\n", name_of(migrated.error().fault), migrated.error().detail);
        co_return 1;
    }
    auto question = auth::list_users();
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) {
        fmt::print(stderr, "drchrono-sync: {}: {}\n", name_of(rows.error().fault), rows.error().detail);
        co_return 1;
    }
    for (int row = 0; row < rows->size(); ++row)
        fmt::print("{:<24} {:<36} {:<10} {:<32} {:<14} {}\n", rows->string(row, 0), rows->string(row, 1),
                   rows->boolean(row, 3)   ? "disabled"
                   : rows->boolean(row, 4) ? "password"
                                           : "IAP only",
                   rows->string(row, 2), second_factor_of(*rows, row),
                   rows->null(row, 5) ? "" : "signed in, last seen " + rows->string(row, 5));
    co_return 0;
}

}  // namespace

int admin_add_user(bool dev, const AdminUserOptions& options) {
    auth::AdminUser user{.name = options.name, .roles = {}, .email = options.email};
    if (const auto fault = auth::fault_of_name(user.name); !fault.empty()) return complain(fault);
    for (const auto& role : options.roles)
        if (!auth::add_role(user.roles, role))
            return complain("roles are viewer, operator, phi-reader, admin and emergency");
    if (options.no_password && options.email.empty())
        return complain("without a password, --email is needed: the address that signs in through IAP");
    if (!options.no_password) {
        const auto password = ask_password();
        if (!password) return 2;
        user.password_hash = crypto::hash_password(*password);
    }
    return change_users(dev, {auth::add_user(user)},
                        fmt::format("{} can sign in as {}", user.name, text_of(user.roles)),
                        "there is a user of that name");
}

int admin_set_password(bool dev, const std::string& name) {
    const auto password = ask_password();
    if (!password) return 2;
    return change_users(dev, {auth::set_password(name, crypto::hash_password(*password)), auth::end_sessions(name)},
                        fmt::format("{} has a new password; sessions with the old one have ended", name),
                        "there is no user of that name");
}

int admin_set_roles(bool dev, const AdminUserOptions& options) {
    auth::Roles roles;
    for (const auto& role : options.roles)
        if (!auth::add_role(roles, role))
            return complain("roles are viewer, operator, phi-reader, admin and emergency");
    return change_users(dev, {auth::set_roles(options.name, roles), auth::end_sessions(options.name)},
                        fmt::format("{} is {} now", options.name, text_of(roles)), "there is no user of that name");
}

int admin_disable_user(bool dev, const std::string& name) {
    return change_users(dev, {auth::disable_user(name), auth::end_sessions(name)},
                        fmt::format("{} cannot sign in any more", name), "there is no user of that name");
}

int admin_enable_user(bool dev, const std::string& name) {
    return change_users(dev, {auth::enable_user(name)}, fmt::format("{} can sign in again", name),
                        "there is no user of that name");
}

int admin_unblock(bool dev, const std::string& whom) {
    const auto details = whom.empty() ? std::string{"{}"} : fmt::format(R"({{"whom":{}}})", json_quoted(whom));
    return change_users(dev,
                        {auth::unblock(whom),
                         audit::insert_access({.actor = person(), .action = "session.unblock", .details = details})},
                        "sign-ins are no longer slowed down", "no sign-in was slowed down there");
}

int admin_second_factor(bool dev, const std::string& name, const std::string& out) {
    const auto settings = start_settings(dev);
    if (!settings || (!out.empty() && !print_into(out))) return 2;
    if (!may_print_values())
        return complain("the key and the codes are shown on a terminal, or written into a new file: --out FILE");
    const auto keys = app::second_factor_keys(*settings);
    if (keys.empty()) return complain("TOKEN_KEY is not set: a second factor cannot be stored encrypted without it");
    const auto made = auth::make_second_factor(name, keys);
    std::string told =
        fmt::format("{} has a second factor now. Shown once:\n\n  key for the authenticator app  {}\n  as a URI   "
                    "                    {}\n\n  recovery codes, each of which works once\n",
                    name, made.key, made.uri);
    for (const auto& code : made.recovery) told += "    " + code + "\n";
    const int status = with_database(*settings, [&](pg::Pool& pool) {
        return change(pool, {made.store, auth::end_sessions(name)}, told, "there is no user of that name");
    });
    return keep_what_was_printed(out, status);
}

int admin_remove_second_factor(bool dev, const std::string& name) {
    return change_users(dev, {auth::remove_second_factor(name), auth::end_sessions(name)},
                        fmt::format("{} has no second factor any more", name), "there is none of that user's");
}

namespace {

Async<int> print_emergencies(pg::Pool& pool) {
    const auto migrated = co_await pg::migrate(pool);
    auto rows = Result<pg::Rows>{migrated ? Error{} : migrated.error()};
    if (migrated) {
        auto question = auth::list_open_reviews();
        rows = co_await pool.run(std::move(question));
    }
    if (!rows) {
        fmt::print(stderr, "drchrono-sync: {}: {}\n", name_of(rows.error().fault), rows.error().detail);
        co_return 1;
    }
    for (int row = 0; row < rows->size(); ++row)
        fmt::print("{}  {:<24} {} to {}\n", rows->string(row, 0), rows->string(row, 1), rows->string(row, 2),
                   rows->string(row, 3));
    fmt::print("{} emergency accesses wait for a review; the page's Users lists them with their reasons\n",
               rows->size());
    co_return 0;
}

}  // namespace

int admin_emergencies(bool dev) {
    const auto settings = start_settings(dev);
    return settings ? with_database(*settings, print_emergencies) : 2;
}

int admin_list_users(bool dev) {
    const auto settings = start_settings(dev);
    return settings ? with_database(*settings, print_users) : 2;
}

}  // namespace dcs::cli
