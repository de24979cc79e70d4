#include "upstream/authorization.hpp"

#include "crypto/crypto.hpp"
#include "upstream/token_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace dcs::upstream {

namespace {

constexpr std::array scopes{
    NeededScope{"user:read", "doctors, offices, and which practice is ours", "they are refused (403)"},
    NeededScope{"calendar:read", "appointments", "DrChrono does not refuse them: it lists none, as if there were none"},
    NeededScope{"clinical:read", "clinical notes, medications, problems, allergies", "they are refused (403)"},
    NeededScope{"patients:read", "patients and their insurance", "they are refused (403)"},
    NeededScope{"billing:read", "line items", "they are refused (403)"},
};

constexpr std::size_t longest_code = 2048;

bool is_listed(std::string_view names, std::string_view name) {
    while (!names.empty()) {
        const auto end = std::min(names.find(' '), names.size());
        if (names.substr(0, end) == name) return true;
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return false;
}

/// DrChrono's word for a refusal, as long as it is one: whoever reaches our port could send any text.
std::string word_of(std::string_view error) {
    constexpr std::size_t longest = 40;
    const bool plain = error.size() <= longest && std::ranges::all_of(error, [](char letter) {
                           return (letter >= 'a' && letter <= 'z') || letter == '_';
                       });
    return plain ? std::string{error} : std::string{"an error without a known name"};
}

bool is_code(std::string_view text) {
    return !text.empty() && text.size() <= longest_code &&
           std::ranges::all_of(text, [](char letter) { return letter > ' ' && letter <= '~'; });
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::vector<std::string> keys_of(const TokenSettings& settings) {
    return token_keys(settings.sealing_secret, settings.opening_secrets);
}

/// What the settings' first tokens are known by, so that no instance takes them for newer than the grant.
std::string first_tokens(const TokenSettings& settings, const TokenRow& stored) {
    const auto& first = settings.refresh_token.empty() ? settings.access_token : settings.refresh_token;
    return first.empty() ? stored.seeded_from : crypto::sha256(first);
}

}  // namespace

std::span<const NeededScope> needed_scopes() noexcept { return scopes; }

std::vector<NeededScope> missing_scopes(std::string_view granted) {
    std::vector<NeededScope> missing;
    std::ranges::copy_if(scopes, std::back_inserter(missing),
                         [&](const NeededScope& scope) { return !is_listed(granted, scope.name); });
    return missing;
}

std::string consent_url(const Question& question) {
    auto url = fmt::format("{}/o/authorize/?response_type=code&client_id={}&redirect_uri={}&state={}",
                           question.base_url, net::percent_encode(question.client_id),
                           net::percent_encode(question.redirect_uri), net::percent_encode(question.state));
    if (!question.names_scopes) return url;
    std::string names;
    for (const auto& scope : scopes) names += fmt::format("{}{}", names.empty() ? "" : " ", scope.name);
    return url + "&scope=" + net::percent_encode(names);
}

Result<std::string> read_redirect(const net::Query& query, std::string_view state) {
    const bool ours = query.has("state") && crypto::same_secret(query.get("state"), state);
    if (query.has("error")) {
        // Some servers refuse without the state; a wrong one is somebody else's refusal.
        if (query.has("state") && !ours) return Error{Fault::conflict, "the state is not ours"};
        return Error{Fault::unauthorized, word_of(query.get("error"))};
    }
    if (!query.has("code")) return Error{Fault::bad_input, "there is no code in it"};
    if (!ours) return Error{Fault::conflict, "the state is not ours"};
    if (!is_code(query.get("code"))) return Error{Fault::bad_input, "the code is not readable"};
    return std::string{query.get("code")};
}

Result<std::string> read_pasted(std::string_view text, std::string_view state) {
    text = trimmed(text);
    const auto question = text.find('?');
    if (question == std::string_view::npos && text.find("://") == std::string_view::npos) {
        if (!is_code(text)) return Error{Fault::bad_input, "that is no code"};
        return std::string{text};
    }
    if (question == std::string_view::npos) return Error{Fault::bad_input, "there is no code in it"};
    const auto query = text.substr(question + 1);
    return read_redirect(net::Query::parse(query.substr(0, query.find('#'))), state);
}

Async<Result<bool>> stored_grant_opens(pg::Pool& pool, TokenSettings settings) {
    const TokenVault vault{keys_of(settings)};
    const auto row = co_await vault.read(pool);
    if (!row) co_return row.error();
    co_return row->dead_reason != unreadable;
}

Async<Result<std::int64_t>> store_grant(pg::Pool& pool, TokenSettings settings, Granted granted, Clock clock) {
    const TokenVault vault{keys_of(settings)};
    pg::Author author{"authorize", "person"};
    auto transaction = co_await pg::Transaction::begin(pool, std::move(author));
    if (!transaction) co_return transaction.error();
    const auto stored = co_await vault.lock(*transaction, settings.refresh_limit);
    if (!stored) co_return stored.error();
    const TokenRow row{.access_token = std::move(granted.access_token),
                       .refresh_token = std::move(granted.refresh_token),
                       .expires_at = granted.expires_at,
                       .scope = std::move(granted.scope),
                       .version = stored->version + 1,
                       .seeded_from = first_tokens(settings, *stored),
                       .refreshed_at = clock(),
                       .updated_at = clock()};
    const auto written = co_await vault.write(*transaction, row, stored->version);
    if (!written) co_return written.error();
    if (!*written) co_return Error{Fault::unavailable, "oauth_tokens changed under its lock"};
    const auto committed = co_await transaction->commit();
    if (!committed) co_return committed.error();
    co_return row.version;
}

}  // namespace dcs::upstream
