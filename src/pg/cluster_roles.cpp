#include "pg/cluster_roles.hpp"

#include "pg/cluster_files.hpp"
#include "pg/rows.hpp"

#include <fmt/format.h>

#include <array>

namespace dcs::pg {

namespace {

struct Finish {
    void operator()(PGconn* raw) const noexcept { PQfinish(raw); }
};
using Owner = std::unique_ptr<PGconn, Finish>;

/// The cluster's owner on the maintenance database.
Owner connect(const std::filesystem::path& socket) {
    const auto port = std::to_string(cluster_port);
    const std::string host = socket;
    const std::array<const char*, 9> names{
        "host", "port", "user", "dbname", "connect_timeout", "application_name", "client_encoding", "options", nullptr};
    const std::array<const char*, 9> values{host.c_str(),
                                            port.c_str(),
                                            cluster_owner,
                                            "postgres",
                                            "5",
                                            "drchrono-sync",
                                            "UTF8",
                                            "-c client_min_messages=warning",  // the log is JSON; a notice would not be
                                            nullptr};
    return Owner{PQconnectdbParams(names.data(), values.data(), 0)};
}

Result<bool> exists(PGconn* raw, const char* query, const std::string& name) {
    const std::array<const char*, 1> values{name.c_str()};
    const auto rows = Rows::adopt(PQexecParams(raw, query, 1, nullptr, values.data(), nullptr, nullptr, 0));
    if (!rows) return rows.error();
    return !rows->empty();
}

std::string quoted(PGconn* raw, const std::string& name) {
    char* text = PQescapeIdentifier(raw, name.data(), name.size());
    std::string result = text == nullptr ? "" : text;
    PQfreemem(text);
    return result;
}

/// Creates what `query` does not find; another process may be quicker, which is as good.
Result<> create_if_missing(PGconn* raw, const char* query, const std::string& name, const std::string& create) {
    const auto there = exists(raw, query, name);
    if (!there) return there.error();
    if (*there) return {};
    const auto created = Rows::adopt(PQexec(raw, create.c_str()));
    if (created) return {};
    const auto now_there = exists(raw, query, name);
    return now_there && *now_there ? Result<>{} : Result<>{created.error()};
}

/// What migrations/0050_roles.sql would make, if the service's user might.
Result<> create_groups(PGconn* raw) {
    for (const std::string name : {"clinical_service", "clinical_reader"}) {
        const auto made = create_if_missing(raw, "select 1 from pg_roles where rolname = $1", name,
                                            fmt::format("create role {} nologin", name));
        if (!made) return made.error();
    }
    return {};
}

}  // namespace

bool answers(const std::filesystem::path& socket) {
    const auto owner = connect(socket);
    return PQstatus(owner.get()) == CONNECTION_OK;
}

Result<> create_role_and_database(const std::filesystem::path& socket, const Settings& settings) {
    const auto owner = connect(socket);
    if (PQstatus(owner.get()) != CONNECTION_OK)
        return Error{Fault::unavailable, "the embedded database does not take connections"};
    const auto role = quoted(owner.get(), settings.user);
    const auto database = quoted(owner.get(), settings.database);
    const auto groups_made = create_groups(owner.get());
    if (!groups_made) return groups_made.error();
    const auto role_made = create_if_missing(owner.get(), "select 1 from pg_roles where rolname = $1", settings.user,
                                             fmt::format("create role {} login", role));
    if (!role_made) return role_made.error();
    const auto member = Rows::adopt(PQexec(owner.get(), fmt::format("grant clinical_service to {}", role).c_str()));
    if (!member) return member.error();
    return create_if_missing(owner.get(), "select 1 from pg_database where datname = $1", settings.database,
                             fmt::format("create database {} owner {}", database, role));
}

}  // namespace dcs::pg
