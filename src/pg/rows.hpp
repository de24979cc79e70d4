#pragma once
// Rows: the result of one finished statement, and what a refusal means to the caller.

#include "base/error.hpp"

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dcs::pg {

/// SQLSTATE decides (PostgreSQL manual, appendix A). Empty: no reply, the connection is lost.
Fault fault_of(std::string_view sqlstate) noexcept;

/// Whether the server has cancelled the statement, as a rule because it took longer than statement_timeout: the same statement
/// with less to do may succeed.
bool statement_cancelled(const Error& error) noexcept;

/// Owns the PGresult; every view it hands out dies with it.
class Rows {
public:
    /// Owns `raw` from here on. An Error if the server refused, or null (lost connection, no memory). The Error's
    /// detail is SQLSTATE, constraint, table and column names: never the message text, which can quote values.
    static Result<Rows> adopt(PGresult* raw);

    int size() const noexcept { return PQntuples(raw_.get()); }
    bool empty() const noexcept { return size() == 0; }
    /// Rows an INSERT, UPDATE or DELETE touched.
    std::int64_t affected() const noexcept;
    /// What the server says it did: "INSERT 0 1", "COMMIT", "ROLLBACK".
    std::string_view command() const noexcept;

    // pre, for all below: row < size(), column in range.
    bool null(int row, int column) const noexcept { return PQgetisnull(raw_.get(), row, column) != 0; }
    /// The value as text, or nullopt for SQL NULL.
    std::optional<std::string_view> text(int row, int column) const noexcept;
    /// The value as text; empty for NULL.
    std::string string(int row, int column) const;
    /// pre: the column is an integer and not NULL.
    std::int64_t integer(int row, int column) const noexcept;
    std::optional<std::int64_t> maybe_integer(int row, int column) const noexcept;
    bool boolean(int row, int column) const noexcept;  // false for NULL
    /// The bytes of a bytea column; empty for NULL.
    std::string bytes(int row, int column) const;

private:
    struct Clear {
        void operator()(PGresult* raw) const noexcept { PQclear(raw); }
    };
    explicit Rows(std::unique_ptr<PGresult, Clear> raw) noexcept : raw_{std::move(raw)} {}
    std::unique_ptr<PGresult, Clear> raw_;
};

}  // namespace dcs::pg
