#pragma once
// Migrate: brings the schema to this binary's version: forward only, once, whoever starts first.
//
// Promise    the files of migrations/ (embedded at build time, in order of their number) are applied each in its own
//            transaction under one advisory lock; table schema_migrations says which, with a SHA-256 of the text.
// Roles      runs as the user that connected, who owns what it makes; ends with granting to the service's and the readers'
//            role what is theirs (migrations/0050_roles.sql).
// Server     refused before anything is written: older than PostgreSQL 15, or a database that is not encoded in UTF8.
// Errors     rejected: the server or the database does not suit; the detail says how to make one that does. conflict: a
//            migration that was applied has another text here, or the database is ahead in a way that this binary cannot serve.
//            unavailable: no database in time, or one that only reads. bug: a migration failed. forbidden: something is to be
//            applied, and this user may not; nothing was tried.

#include "pg/pool.hpp"

#include <span>
#include <string_view>

namespace dcs::pg {

struct Migration {
    int number;
    std::string_view name;
    std::string_view text;
};
/// Embedded at build time from migrations/*.sql.
std::span<const Migration> embedded_migrations() noexcept;

struct Migrated {
    int applied;  // now
    int version;  // the schema's number afterwards
};
Async<Result<Migrated>> migrate(Pool& pool, std::span<const Migration> migrations = embedded_migrations());

/// Rows: what unfit_server() judges.
extern const std::string_view server_question;
/// Why this server or database cannot be used, and what to do; empty: it can. pre: the answer to `server_question`.
std::string unfit_server(const Rows& answer);

/// The schema's number: 0 when nothing was applied yet.
Async<Result<int>> schema_version(Pool& pool);

}  // namespace dcs::pg
