#include "pg/rows.hpp"

#include "base/encoding.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace dcs::pg {

namespace {

std::string_view field_of(const PGresult* result, int field) noexcept {
    const char* value = PQresultErrorField(result, field);
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

bool is_error(ExecStatusType status) noexcept {
    return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY;
}

/// Names and numbers only: the message, its detail and its hint can quote values.
std::string describe(const PGresult* result) {
    const auto state = field_of(result, PG_DIAG_SQLSTATE);
    if (state.empty()) return "connection to the database lost";
    auto text = "SQLSTATE " + std::string{state};
    constexpr std::array named{
        std::pair{PG_DIAG_TABLE_NAME, " table "},
        std::pair{PG_DIAG_COLUMN_NAME, " column "},
        std::pair{PG_DIAG_CONSTRAINT_NAME, " constraint "},
        std::pair{PG_DIAG_STATEMENT_POSITION, " at character "},
    };
    for (const auto& [field, label] : named)
        if (const auto value = field_of(result, field); !value.empty()) text.append(label).append(value);
    if (state == "42P01" || state == "42703" || state == "42883")  // no such table, column or function
        text += ": the database's schema is not this version's, run drchrono-sync migrate";
    return text;
}

std::int64_t number_of(std::string_view text) noexcept {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

Fault fault_of(std::string_view state) noexcept {
    if (state.empty()) return Fault::unavailable;
    struct Meaning {
        std::string_view prefix;
        Fault fault;
    };
    // The first prefix that fits decides.
    constexpr std::array meanings{
        Meaning{"08", Fault::unavailable},     // connection exception
        Meaning{"22", Fault::bad_input},       // a value has the wrong form or size
        Meaning{"23", Fault::conflict},        // a constraint refused it
        Meaning{"DCF01", Fault::conflict},     // a lease is no longer held (check_fence)
        Meaning{"25006", Fault::unavailable},  // read only: a standby, or a primary that is being replaced
        Meaning{"25P03", Fault::unavailable},  // idle in a transaction for too long: the session is gone
        Meaning{"28", Fault::unauthorized},    // role or password refused
        Meaning{"3D", Fault::rejected},        // no such database
        Meaning{"40002", Fault::conflict},     // constraint at the end of the transaction
        Meaning{"40", Fault::unavailable},     // serialization, deadlock: run the transaction again
        Meaning{"42501", Fault::forbidden},    // the role lacks a privilege
        Meaning{"53", Fault::unavailable},     // disk, memory or connections used up
        Meaning{"55006", Fault::unavailable},  // object in use
        Meaning{"55P03", Fault::unavailable},  // lock not to be had in time
        Meaning{"57014", Fault::unavailable},  // cancelled, also by statement_timeout
        Meaning{"57P", Fault::unavailable},    // shutting down, starting up, crashed
        Meaning{"58", Fault::unavailable},     // the server's own input and output
    };
    const auto found =
        std::ranges::find_if(meanings, [&](const auto& meaning) { return state.starts_with(meaning.prefix); });
    return found == meanings.end() ? Fault::bug : found->fault;
}

bool statement_cancelled(const Error& error) noexcept { return error.detail.starts_with("SQLSTATE 57014"); }

Result<Rows> Rows::adopt(PGresult* raw) {
    std::unique_ptr<PGresult, Clear> owned{raw};
    if (!owned) return Error{Fault::unavailable, "connection to the database lost"};
    if (is_error(PQresultStatus(raw))) return Error{fault_of(field_of(raw, PG_DIAG_SQLSTATE)), describe(raw)};
    return Rows{std::move(owned)};
}

std::int64_t Rows::affected() const noexcept { return number_of(PQcmdTuples(raw_.get())); }

std::string_view Rows::command() const noexcept { return PQcmdStatus(raw_.get()); }

std::optional<std::string_view> Rows::text(int row, int column) const noexcept {
    if (null(row, column)) return std::nullopt;
    return std::string_view{PQgetvalue(raw_.get(), row, column),
                            static_cast<std::size_t>(PQgetlength(raw_.get(), row, column))};
}

std::string Rows::string(int row, int column) const { return std::string{text(row, column).value_or("")}; }

std::int64_t Rows::integer(int row, int column) const noexcept { return number_of(text(row, column).value_or("")); }

std::optional<std::int64_t> Rows::maybe_integer(int row, int column) const noexcept {
    const auto value = text(row, column);
    return value ? std::optional{number_of(*value)} : std::nullopt;
}

bool Rows::boolean(int row, int column) const noexcept {
    return text(row, column) == std::optional<std::string_view>{"t"};
}

std::string Rows::bytes(int row, int column) const {
    auto value = text(row, column).value_or("");
    if (!value.starts_with("\\x")) return {};
    value.remove_prefix(2);
    return from_hex(value).value_or("");
}

}  // namespace dcs::pg
