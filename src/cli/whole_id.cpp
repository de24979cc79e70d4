#include "cli/whole_id.hpp"

#include "admin/reply.hpp"
#include "base/counted.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::cli {

namespace {

constexpr std::size_t least_digits = 8;
constexpr std::size_t all_digits = 32;
constexpr int most_named = 5;

/// The lower-case digits without dashes. Empty: not the beginning of an id, or too little of one.
std::string digits_of(std::string_view given) {
    std::string digits;
    for (const char letter : given) {
        const char lower = letter >= 'A' && letter <= 'F' ? static_cast<char>(letter - 'A' + 'a') : letter;
        if (lower != '-') digits += lower;
    }
    const bool hex = digits.find_first_not_of("0123456789abcdef") == std::string::npos;
    return hex && digits.size() >= least_digits && digits.size() <= all_digits ? digits : std::string{};
}

std::string_view table_of(IdOf kind) {
    switch (kind) {
    case IdOf::delivery: return "select id from inbox where id";
    case IdOf::note: return "select id from deepcura_notes where id";
    case IdOf::event: break;
    }
    return "select event_id from (select event_id from change_log union all select event_id from outbox) as e where event_id";
}

/// Those that begin with these digits, one more than are named.
pg::Statement candidates(IdOf kind, const std::string& digits) {
    const auto filled = [&](char with) { return digits + std::string(all_digits - digits.size(), with); };
    return pg::sql(
        fmt::format("select i::text from ({} between $1::uuid and $2::uuid) as c (i) group by i order by i limit {}",
                    table_of(kind), most_named + 1),
        filled('0'), filled('f'));
}

Error too_little(IdOf kind, std::string_view given) {
    return {Fault::not_found, fmt::format("there is no {} {}: give its ID, or at least the first {} characters of it",
                                          name_of(kind), given, least_digits)};
}

Result<std::string> only_one(IdOf kind, std::string_view given, const Result<pg::Rows>& rows) {
    if (!rows) return rows.error();
    if (rows->empty())
        return Error{Fault::not_found, fmt::format("there is no {} whose ID begins with {}", name_of(kind), given)};
    if (rows->size() == 1) return rows->string(0, 0);
    std::string named;
    for (int row = 0; row < std::min(rows->size(), most_named); ++row)
        named += (named.empty() ? "" : ", ") + rows->string(row, 0);
    return Error{Fault::conflict, fmt::format("more than one {} begins with {}: {}{}", name_of(kind), given, named,
                                              rows->size() > most_named ? ", …" : "")};
}

template <typename Runner>
Async<Result<std::string>> resolve(Runner& runner, IdOf kind, std::string given) {
    if (admin::is_uuid(given)) co_return given;
    const auto digits = digits_of(given);
    if (digits.empty()) co_return too_little(kind, given);
    auto question = candidates(kind, digits);
    const auto rows = co_await runner.run(std::move(question));
    co_return only_one(kind, given, rows);
}

}  // namespace

std::string_view name_of(IdOf kind) noexcept {
    switch (kind) {
    case IdOf::delivery: return "delivery";
    case IdOf::note: return "note";
    case IdOf::event: break;
    }
    return "event";
}

Async<Result<std::string>> whole_id(pg::Transaction& transaction, IdOf kind, std::string given) {
    auto resolving = resolve(transaction, kind, std::move(given));
    co_return co_await std::move(resolving);
}

Async<Result<std::string>> whole_id(pg::Pool& pool, IdOf kind, std::string given) {
    auto resolving = resolve(pool, kind, std::move(given));
    co_return co_await std::move(resolving);
}

Async<Result<std::vector<std::string>>> whole_ids(pg::Pool& pool, IdOf kind, std::vector<std::string> given) {
    std::vector<std::string> whole;
    for (auto& each : given) {
        auto resolving = whole_id(pool, kind, std::move(each));
        auto id = co_await std::move(resolving);
        if (!id) co_return id.error();
        if (std::ranges::find(whole, *id) == whole.end()) whole.push_back(std::move(*id));
    }
    co_return whole;
}

}  // namespace dcs::cli
