#pragma once
// Drchrono: requests to DrChrono's API, with everything that every one of them needs: token, version, budget, retries.
//
// Promise    the token goes to no other host than DrChrono's (the base URL's), and over https where that is https, whatever
//            `next` or a redirect says. A value is a JSON object, or a list's answer.
// Retries    inside a call at most two, for `unavailable` alone; none for a webhook's fetch, which its queue tries again.
//@@// Errors     not_found: 404. forbidden: 403. unauthorized: the grant is dead. rate_limited: budget or 429, with the wait; a
//            429 stops all other calls too. unavailable: no usable answer (also HTML, cut-off JSON). rejected: any other.
// Whose      an error with `retry_after` says nothing of the record: the budget is spent, DrChrono says when it is back, or it
//            does not permit the kind. forbidden without: it is the record's own.
// Source     reference, sections 1, 3, 6, 7.

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/document.hpp"
#include "base/json_list.hpp"
#include "net/client.hpp"
#include "net/target.hpp"
#include "upstream/budget.hpp"
#include "upstream/permissions.hpp"
#include "upstream/tokens.hpp"

namespace dcs::upstream {

struct Fetched {
    Document value{};
    bool altered = false;  // `value` had to be repaired
    std::string bytes{};   // the body as it came
    JsonList list{};       // get_list(): instead of the three above
    /// When the request was sent: every change made before this is in the answer, replica lag aside.
    std::chrono::steady_clock::time_point asked{};
};

/// Counts what a piece of work has cost.
struct Meter {
    int requests = 0;
};

struct CurrentUser {
    std::string id;
    std::string practice_group;  // the practice's id
};

struct DrchronoSettings {
    std::string base_url = "https://app.drchrono.com";
    std::chrono::milliseconds time_limit{60'000};  // for one request
    std::size_t max_body_bytes = 64 * 1024 * 1024;
    Backoff retry{std::chrono::milliseconds{500}, std::chrono::seconds{5}};
    std::chrono::milliseconds refused_pause{
        1'000};  // before the second request to an endpoint that alone refuses the token
    std::chrono::milliseconds lately{std::chrono::minutes{4}};  // without an answer for so long, DrChrono is away
};

class Drchrono {
public:
    /// pre: `settings.base_url` is an http or https URL without path. Without `permissions` a 403 is only told.
    Drchrono(net::Client& client, Tokens& tokens, Budget& budget, Clock clock, DrchronoSettings settings,
             Permissions* permissions = nullptr);

    /// One record: `path` as "/api/patients".
    Async<Result<Fetched>> get_item(std::string path, std::string id, bool verbose,
                                    Priority priority = Priority::webhook_fetch, Meter* meter = nullptr);
    /// `target` is a path with its query, or an absolute URL of DrChrono's, as lists give for their next page.
    Async<Result<Fetched>> get(std::string target, Priority priority = Priority::incremental, Meter* meter = nullptr);
    /// get() of a list, whose records are not read yet.
    Async<Result<Fetched>> get_list(std::string target, Priority priority, Meter* meter = nullptr);
    /// POST without a body, as bulk jobs are submitted: a mirror writes nothing, so that a second one does no harm.
    Async<Result<Fetched>> post(std::string target, Priority priority, Meter* meter = nullptr);
    /// Whether DrChrono has answered anything a few minutes ago: then the trouble of one record is not DrChrono's.
    bool answered_lately() const noexcept;
    /// Whom our token belongs to.
    Async<Result<CurrentUser>> current_user();

private:
    Result<net::Target> resolve(const std::string& target) const;
    struct Question {
        std::string method;
        std::string target;
        Priority priority;
        Meter* meter;
        bool list = false;
    };
    Result<Fetched> read(const Question& question, net::Answer answer,
                         std::chrono::steady_clock::time_point asked) const;
    Async<Result<Fetched>> answer_to(Question question);
    Async<Result<Fetched>> permitted_answer_to(Question question, net::Target target);
    Async<Error> judge_refusal(const Question& question, Place place);
    Async<Error> judge_in_turn(const Question& question, Place place);
    Async<Result<Fetched>> repeated(const Question& question, const net::Target& target);
    net::Call call_to(const Question& question, const net::Target& target, const AccessToken& token) const;
    Async<Result<Fetched>> attempt(const Question& question, const net::Target& target);
    Async<bool> is_taken_elsewhere(const Question& question, const AccessToken& token);
    Async<Result<>> pay(const Question& question);
    Async<Result<net::Answer>> ask(const Question& question, const net::Target& target, const AccessToken& token);

    net::Client& client_;
    Tokens& tokens_;
    Budget& budget_;
    Clock clock_;
    DrchronoSettings settings_;
    Permissions* permissions_;
    std::map<std::string, std::vector<std::shared_ptr<Wake>>>
        judged_{};  // kinds, and who waits for the judgment of each
    std::optional<std::chrono::steady_clock::time_point> answered_at_{};  // when DrChrono was last seen at work
    net::Target base_;
    std::vector<std::string> hosts_;  // where the token may go
};

}  // namespace dcs::upstream
