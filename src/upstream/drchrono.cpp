#include "upstream/drchrono.hpp"

#include "upstream/answers.hpp"

#include <fmt/format.h>

#include <utility>

namespace dcs::upstream {

namespace {

constexpr int max_retries = 2;
constexpr int max_refusals = 8;                                // a backstop: Tokens gives up earlier
constexpr std::string_view own_record = "/api/users/current";  // answers 302 to the own id

/// Whether DrChrono was at work, whatever it said.
bool answers(const Result<Fetched>& fetched) {
    if (fetched) return true;
    const auto fault = fetched.error().fault;
    return fault == Fault::forbidden || fault == Fault::not_found || fault == Fault::rejected;
}

/// DrChrono's two names count as one (reference, section 1); any other base is its own only host.
std::vector<std::string> hosts_of(const net::Target& base) {
    if (base.host() == "app.drchrono.com" || base.host() == "drchrono.com") return {"app.drchrono.com", "drchrono.com"};
    return {base.host() + ':' + base.port()};
}

/// Marks the kind as being judged for as long as this lives; then those who wait go on.
class Judgment {
public:
    using Waiting = std::map<std::string, std::vector<std::shared_ptr<Wake>>>;
    Judgment(Waiting& waiting, const std::string& kind) : waiting_{waiting}, at_{waiting.try_emplace(kind).first} {}
    ~Judgment() {
        for (const auto& wake : at_->second) wake->notify();
        waiting_.erase(at_);
    }
    Judgment(const Judgment&) = delete;
    Judgment& operator=(const Judgment&) = delete;

private:
    Waiting& waiting_;
    Waiting::iterator at_;
};

Error only_here() {
    return {Fault::forbidden, "401 for this endpoint alone: the user's own record is shown for the same token"};
}

std::string_view scheme_of(const net::Target& target) { return target.encrypted() ? "https" : "http"; }

}  // namespace

Drchrono::Drchrono(net::Client& client, Tokens& tokens, Budget& budget, Clock clock, DrchronoSettings settings,
                   Permissions* permissions)
    : client_{client},
      tokens_{tokens},
      budget_{budget},
      clock_{std::move(clock)},
      settings_{std::move(settings)},
      permissions_{permissions},
      base_{net::Target::parse(settings_.base_url).value()},
      hosts_{hosts_of(base_)} {}

Result<net::Target> Drchrono::resolve(const std::string& target) const {
    if (target.starts_with('/')) return net::Target::parse(settings_.base_url + target);
    auto absolute = net::Target::parse(target);
    if (!absolute) return absolute;
    // What runs behind a proxy that ends TLS takes itself for http, and says so in `next`.
    auto leads = base_.encrypted() ? absolute->encrypted_like(base_) : *absolute;
    if (!leads || !leads->is_one_of(hosts_) || leads->encrypted() != base_.encrypted())
        return Error{Fault::rejected,
                     fmt::format("a URL that does not lead to DrChrono: {}://{}:{}, where {}://{}:{} is it",
                                 scheme_of(*absolute), absolute->host(), absolute->port(), scheme_of(base_),
                                 base_.host(), base_.port())};
    return leads;
}

net::Call Drchrono::call_to(const Question& question, const net::Target& target, const AccessToken& token) const {
    net::Call call;
    call.method = question.method;
    call.url = target.url();
    call.headers.add("Authorization", "Bearer " + token.text);
    call.headers.add("X-DRC-API-Version", "v4");
    call.headers.add("Accept", "application/json");
    call.time_limit = settings_.time_limit;
    call.max_body_bytes = settings_.max_body_bytes;
    call.redirect_hosts = hosts_;
    return call;
}

Async<Result<>> Drchrono::pay(const Question& question) {
    auto allowed = co_await budget_.spend(question.priority);
    if (allowed && question.meter) ++question.meter->requests;
    co_return allowed;
}

/// One request, paid for, and so is each that a redirect costs; the brake is pulled for everybody when DrChrono asks for it.
Async<Result<net::Answer>> Drchrono::ask(const Question& question, const net::Target& target,
                                         const AccessToken& token) {
    const auto allowed = co_await pay(question);
    if (!allowed) co_return allowed.error();
    auto call = call_to(question, target, token);
    call.before_redirect = [this, &question] { return pay(question); };
    auto answer = co_await client_.send(std::move(call));
    if (answer && answer->status == 429) budget_.throttled(throttle_wait(*answer, clock_()));
    co_return answer;
}

Result<Fetched> Drchrono::read(const Question& question, net::Answer answer,
                               std::chrono::steady_clock::time_point asked) const {
    Fetched fetched{.asked = asked};
    if (question.list) {
        auto list = read_list(std::move(answer), clock_());
        if (!list) return list.error();
        fetched.list = std::move(*list);
        return fetched;
    }
    auto parsed = read_answer(answer, clock_());
    if (!parsed) return parsed.error();
    fetched.value = std::move(parsed->value);
    fetched.altered = parsed->altered;
    fetched.bytes = std::move(answer.body);
    return fetched;
}

/// Whether DrChrono shows the user's own record for this token: every user may see that.
Async<bool> Drchrono::is_taken_elsewhere(const Question& question, const AccessToken& token) {
    const Question own{"GET", std::string{own_record}, question.priority, question.meter};
    const auto target = resolve(own.target);
    if (!target) co_return false;
    const auto answer = co_await ask(own, *target, token);
    co_return answer && answer->status / 100 == 2;
}

/// One request that got past the question whether our token is good.
Async<Result<Fetched>> Drchrono::attempt(const Question& question, const net::Target& target) {
    auto token = co_await tokens_.current();
    if (!token) co_return token.error();

    int times = 0;              // that this very token was refused
    bool refused_here = false;  // it was, while the user's own record was shown for it
    for (int refusals = 0; refusals < max_refusals; ++refusals) {
        const auto asked = std::chrono::steady_clock::now();
        auto answer = co_await ask(question, target, *token);
        if (!answer) co_return answer.error();
        if (answer->status != 401) {
            auto fetched = read(question, std::move(*answer), asked);
            if (fetched) tokens_.taken(*token);
            if (answers(fetched)) answered_at_ = std::chrono::steady_clock::now();
            co_return fetched;
        }
        ++times;
        if (tokens_.is_telling(*token, times) && place_of(target.url()).form != Place::Form::other) {
            if (refused_here) co_return only_here();
            auto looking = is_taken_elsewhere(question, *token);
            refused_here = co_await std::move(looking);
            if (refused_here) {  // once more: one 401 says nothing of an endpoint
                co_await sleep_for(settings_.refused_pause);
                continue;
            }
        }
        auto next = co_await tokens_.after_refusal(*token, times);
        if (!next) co_return next.error();
        if (next->version != token->version) times = 0;
        token = std::move(next);
    }
    co_return Error{Fault::unauthorized, "every token was refused"};
}

Async<Result<Fetched>> Drchrono::get(std::string target, Priority priority, Meter* meter) {
    Question question{"GET", std::move(target), priority, meter};
    auto fetched = co_await answer_to(std::move(question));
    co_return fetched;
}

Async<Result<Fetched>> Drchrono::get_list(std::string target, Priority priority, Meter* meter) {
    Question question{"GET", std::move(target), priority, meter, true};
    auto fetched = co_await answer_to(std::move(question));
    co_return fetched;
}

Async<Result<Fetched>> Drchrono::post(std::string target, Priority priority, Meter* meter) {
    Question question{"POST", std::move(target), priority, meter};
    auto fetched = co_await answer_to(std::move(question));
    co_return fetched;
}

bool Drchrono::answered_lately() const noexcept {
    return answered_at_ && std::chrono::steady_clock::now() - *answered_at_ <= settings_.lately;
}

Async<Result<Fetched>> Drchrono::repeated(const Question& question, const net::Target& target) {
    const int retries = question.priority == Priority::webhook_fetch ? 0 : max_retries;
    for (int failures = 1;; ++failures) {
        auto fetched = co_await attempt(question, target);
        if (fetched) co_return fetched;
        const auto& error = fetched.error();
        if (error.fault != Fault::unavailable || error.retry_after || failures > retries) co_return fetched;
        co_await sleep_for(wait_after(failures, settings_.retry));
    }
}

/// What 403 means: a refused record may want its kind's list looked at.
Async<Error> Drchrono::judge_refusal(const Question& question, Place place) {
    auto refusing = permissions_->refused(place);
    auto refusal = co_await std::move(refusing);
    if (!refusal.check_list) co_return std::move(refusal.error);
    const Place list{.form = Place::Form::list, .kind = place.kind};
    Question look{"GET", fmt::format("/api/{}?page_size=1", place.kind), question.priority, question.meter, true};
    const auto target = resolve(look.target);
    if (!target) co_return std::move(refusal.error);
    const auto shown = co_await attempt(look, *target);
    if (!answers(shown)) {
        auto noting = permissions_->undecided(list);
        co_await std::move(noting);
    }
    if (shown || shown.error().fault != Fault::forbidden) co_return std::move(refusal.error);
    auto closing = permissions_->refused(list);
    auto closed = co_await std::move(closing);
    co_return std::move(closed.error);
}

/// Those that are refused while a first refusal of their kind is judged wait for what is found. So a kind that is not
/// permitted costs as many requests as were under way, and the list.
Async<Error> Drchrono::judge_in_turn(const Question& question, Place place) {
    if (const auto first = judged_.find(place.kind); first != judged_.end()) {
        const auto executor = co_await asio::this_coro::executor;
        const auto wake = first->second.emplace_back(std::make_shared<Wake>(executor));
        co_await wake->wait(settings_.time_limit);
        auto judging = judge_refusal(question, std::move(place));
        co_return co_await std::move(judging);
    }
    const Judgment judgment{judged_, place.kind};
    auto judging = judge_refusal(question, std::move(place));
    co_return co_await std::move(judging);
}

Async<Result<Fetched>> Drchrono::permitted_answer_to(Question question, net::Target target) {
    auto place = place_of(target.url());
    auto entering = permissions_->enter(place);
    const auto probe = co_await std::move(entering);
    if (!probe) co_return probe.error();
    auto fetched = co_await repeated(question, target);
    if (!fetched && fetched.error().fault == Fault::forbidden) {
        auto judging = judge_in_turn(question, place);
        auto error = co_await std::move(judging);
        co_return error;
    }
    if (answers(fetched)) {
        auto noting = permissions_->answered(place);
        co_await std::move(noting);
    } else if (*probe) {
        auto noting = permissions_->undecided(place);
        co_await std::move(noting);
    }
    co_return fetched;
}

Async<Result<Fetched>> Drchrono::answer_to(Question question) {
    const auto resolved = resolve(question.target);
    if (!resolved) co_return resolved.error();
    auto asking =
        permissions_ != nullptr ? permitted_answer_to(std::move(question), *resolved) : repeated(question, *resolved);
    auto fetched = co_await std::move(asking);
    co_return fetched;
}

Async<Result<Fetched>> Drchrono::get_item(std::string path, std::string id, bool verbose, Priority priority,
                                          Meter* meter) {
    auto target = fmt::format("{}/{}{}", path, net::percent_encode(id), verbose ? "?verbose=true" : "");
    auto fetched = co_await get(std::move(target), priority, meter);
    co_return fetched;
}

Async<Result<CurrentUser>> Drchrono::current_user() {
    std::string path{own_record};
    const auto user = co_await get(std::move(path), Priority::incremental);
    if (!user) co_return user.error();
    const auto id_at = [&](std::string_view name) {
        const auto* member = user->value.find(name);
        return member == nullptr ? std::string{} : member->as_id();
    };
    CurrentUser current{id_at("id"), id_at("practice_group")};
    if (current.practice_group.empty() || current.practice_group == "0")
        co_return Error{Fault::rejected, "the current user names no practice group"};
    co_return current;
}

}  // namespace dcs::upstream
