#pragma once
// Authorization: the consent that a person gives in DrChrono, and what comes of it: the grant that all instances use.
//
// Place      `drchrono-sync authorize` walks a person through it. Running instances find the new grant in `oauth_tokens`.
// State      what is sent with the question and must come back with the answer: without it anybody could have the clinic's
//            service read another account. A code that a person typed has none.
// Errors     of an answer: unauthorized: DrChrono or the person refuses; the detail is DrChrono's word, like access_denied.
//            conflict: it answers another question than ours. bad_input: it is no such answer.
// Source     reference, section 1; RFC 6749, sections 4.1 and 10.12.

#include "upstream/token_endpoint.hpp"
#include "upstream/tokens.hpp"

#include <span>

namespace dcs::upstream {

/// A scope that the service needs, and what becomes of the mirror without it.
struct NeededScope {
    std::string_view name;
    std::string_view brings;
    std::string_view without;
};
std::span<const NeededScope> needed_scopes() noexcept;
/// Those that are not in `granted`, scopes apart by blanks.
std::vector<NeededScope> missing_scopes(std::string_view granted);

struct Question {
    std::string base_url;
    std::string client_id;
    std::string redirect_uri;
    std::string state;
    bool names_scopes = true;  // false: DrChrono then asks for all that the application has
};
/// Where the person consents.
std::string consent_url(const Question& question);

/// The code in the query that DrChrono sends the person back with.
Result<std::string> read_redirect(const net::Query& query, std::string_view state);
/// The same of what a person pasted: the whole address, or the code alone.
Result<std::string> read_pasted(std::string_view text, std::string_view state);

/// Whether a stored grant opens with the keys of `settings`. True also where there is none.
Async<Result<bool>> stored_grant_opens(pg::Pool& pool, TokenSettings settings);
/// Stores it in the place of what is there; the settings' first tokens are older than it. The grant's version.
Async<Result<std::int64_t>> store_grant(pg::Pool& pool, TokenSettings settings, Granted granted, Clock clock);

}  // namespace dcs::upstream
