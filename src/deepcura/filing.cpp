#include "deepcura/filing.hpp"

#include "audit/sync_log.hpp"
#include "base/clock.hpp"
#include "base/counted.hpp"
#include "base/encoding.hpp"
#include "base/fault_point.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "crypto/crypto.hpp"
#include "deepcura/link_sql.hpp"
#include "deepcura/note_sql.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace dcs::deepcura {

namespace {

constexpr int session_races = 3;  // another instance may replace the same version at the same moment

/// The drafts that are the first of their content.
std::vector<Draft> first_of_each(const std::vector<Draft>& drafts) {
    std::unordered_set<std::string_view> seen;
    std::vector<Draft> first;
    for (const auto& draft : drafts)
        if (seen.insert(draft.gridhook->content_sha256).second) first.push_back(draft);
    return first;
}

/// Two versions of a session are judged one after the other: the second one by what the first one says.
bool name_a_session_twice(const std::vector<Draft>& drafts) {
    std::unordered_set<std::string_view> seen;
    return std::ranges::any_of(drafts, [&](const Draft& draft) {
        const auto& session = draft.gridhook->note.session_id;
        return !session.empty() && !seen.insert(session).second;
    });
}

/// What became of each draft, by the answer to find_notes().
Result<std::vector<Filed>> results_of(const std::vector<Draft>& drafts, const pg::Rows& notes) {
    std::unordered_map<std::string, Filed> by_content;
    for (int row = 0; row < notes.size(); ++row)
        by_content.emplace(notes.string(row, 0), Filed{notes.string(row, 1), notes.boolean(row, 2)});
    std::vector<Filed> filed;
    for (const auto& draft : drafts) {
        const auto found = by_content.find(draft.gridhook->content_sha256);
        if (found == by_content.end()) return Error{Fault::bug, "a note was not stored"};
        filed.push_back(found->second);
        filed.back().duplicate = filed.back().note_id != draft.delivery_id;
    }
    return filed;
}

/// Stores the notes within the caller's transaction.
Async<Result<std::vector<Filed>>> store(pg::Transaction& transaction, const std::vector<Draft>& drafts,
                                        const std::string& zone, std::vector<pg::Statement> before) {
    const auto first = first_of_each(drafts);
    if (name_a_session_twice(first)) co_return Error{Fault::conflict, "a session comes twice"};
    std::vector<pg::Statement> statements = std::move(before);
    statements.push_back({lock_shared()});
    statements.push_back(insert_notes(first, zone));
    statements.push_back(find_notes(drafts));
    auto done = co_await transaction.run(std::move(statements));
    if (!done) co_return done.error();
    co_return results_of(drafts, done->back());
}

audit::Run run_of(const std::string& delivery_id, const std::string& started_at, const Filed& filed,
                  const Gridhook& gridhook) {
    boost::json::object details{{"delivery_id", delivery_id},
                                {"noteId", filed.note_id},
                                {"linkedToClinicalNote", filed.linked},
                                {"duplicate", filed.duplicate}};
    if (!gridhook.note.flags.empty()) details["flags"] = boost::json::value_from(gridhook.note.flags);
    return {.id = new_uuid(),
            .source = std::string{gridhook.source->name},
            .sync_type = "gridhook",
            .table_name = "deepcura_notes",
            .status = "completed",
            .started_at = started_at,
            .counts = {.total = 1, .created = filed.duplicate ? 0 : 1, .unchanged = filed.duplicate ? 1 : 0},
            .error = {},
            .details = boost::json::serialize(details)};
}

audit::Run failed_run(const Source& source, const std::string& delivery_id, const std::string& started_at,
                      const std::string& error) {
    return {.id = new_uuid(),
            .source = std::string{source.name},
            .sync_type = "gridhook",
            .table_name = "deepcura_notes",
            .status = "failed",
            .started_at = started_at,
            .counts = {.total = 1, .failed = 1},
            .error = error,
            .details = boost::json::serialize(boost::json::object{{"delivery_id", delivery_id}})};
}

std::string_view outcome_of(const Filed& filed) { return filed.duplicate ? "unchanged" : "created"; }

pg::Author author_of(const Source& source) { return {std::string{source.actor}, "row"}; }

}  // namespace

Filing::Filing(asio::any_io_executor executor, pg::Pool& pool, const CipherInUse& cipher, std::string instance,
               Settings settings, std::function<void()> changed)
    : pool_{pool}, cipher_{cipher}, settings_{std::move(settings)}, changed_{std::move(changed)} {
    for (const auto& source : sources()) doors_.push_back(std::make_unique<Door>(*this, executor, instance, source));
}

Filing::Door::Door(Filing& filing, const asio::any_io_executor& executor, const std::string& instance,
                   const Source& the_source)
    : source{the_source},
      lanes{filing.make_lane(executor), filing.make_lane(executor)},
      runner{executor,
             filing.pool_,
             instance,
             {.source = std::string{the_source.name}, .sync_type = "gridhook", .loops = 1, .batch = 50},
             [&filing, &the_source](const std::vector<inbox::Claimed>& claimed) {
                 return filing.work(the_source, claimed);
             }} {}

GroupCommit<Filing::Incoming, Filed> Filing::make_lane(const asio::any_io_executor& executor) {
    return {executor,
            {.batch = 100},
            [](const Incoming& incoming) { return incoming.arrival.body.size() * 4; },
            [this](std::vector<Incoming*> batch) { return file_or_keep(std::move(batch)); }};
}

Filing::Door& Filing::door_of(const Source& source) {
    return **std::ranges::find_if(doors_, [&](const auto& door) { return &door->source == &source; });
}

void Filing::start(Tasks& tasks) {
    for (const auto& door : doors_) door->runner.start(tasks);
}

void Filing::wake() {
    for (const auto& door : doors_) door->runner.wake();
}

void Filing::stop() {
    for (const auto& door : doors_) door->runner.stop();
}

Async<> Filing::give_back() {
    for (const auto& door : doors_) co_await door->runner.give_back();
}

Async<Result<Filed>> Filing::receive(inbox::Arrival arrival, Gridhook gridhook) {
    arrival.id = new_uuid();
    if (gridhook.omitted) {
        const auto digest = to_hex(crypto::sha256(arrival.body));
        arrival.reason = "not kept, for it holds members that are never stored: sha256 " + digest + ", " +
                         counted(arrival.body.size(), "byte");
    }
    auto& lanes = door_of(*gridhook.source).lanes;
    Incoming incoming{std::move(arrival), std::move(gridhook)};
    const auto& note = incoming.gridhook.note;
    const auto lane =
        std::hash<std::string>{}(note.session_id.empty() ? incoming.gridhook.content_sha256 : note.session_id);
    auto filed = co_await lanes[lane % lanes.size()].add(std::move(incoming));
    if (!filed) co_return Error{Fault::unavailable, filed.error().detail};
    co_return filed;
}

/// What the database refuses of a single note must not lose its delivery.
Async<Result<std::vector<Filed>>> Filing::file_or_keep(std::vector<Incoming*> batch) {
    auto filed = co_await file(batch);
    for (int races = 0; !filed && batch.size() == 1 && filed.error().fault == Fault::conflict && races < session_races;
         ++races)
        filed = co_await file(batch);
    if (filed || retryable(filed.error().fault) || batch.size() > 1) co_return filed;

    auto& arrival = batch.front()->arrival;
    log::error("a note is refused by the database; its delivery waits",
               {{"delivery_id", arrival.id}, {"detail", filed.error().detail}});
    arrival.state = inbox::State::pending;
    auto statement = inbox::insert_arrivals(std::array{&arrival});
    const auto kept = co_await pool_.run(std::move(statement));
    if (!kept) co_return kept.error();
    door_of(*batch.front()->gridhook.source).runner.wake();
    std::vector<Filed> promised{Filed{arrival.id}};
    co_return promised;
}

Async<Result<std::vector<Filed>>> Filing::file(std::vector<Incoming*> batch) {
    const auto started_at = iso8601(system_now());
    std::vector<Draft> drafts;
    std::vector<inbox::Arrival> settled;  // copies: a refused batch is filed again from the originals
    settled.reserve(batch.size());
    std::vector<inbox::Arrival*> arrivals;
    for (const auto* incoming : batch) {
        drafts.push_back({incoming->arrival.id, {}, &incoming->gridhook});
        settled.push_back(incoming->arrival);
        settled.back().state = inbox::State::done;
        if (incoming->gridhook.omitted) settled.back().body.clear();
        arrivals.push_back(&settled.back());
    }
    auto author = author_of(*batch.front()->gridhook.source);
    auto transaction = co_await pg::Transaction::begin(pool_, std::move(author));
    if (!transaction) co_return transaction.error();
    std::vector<pg::Statement> before{inbox::insert_arrivals(arrivals)};
    auto filed = co_await store(*transaction, drafts, settings_.practice_timezone, std::move(before));
    if (!filed) co_return filed.error();

    std::vector<audit::Run> runs;
    for (std::size_t at = 0; at < batch.size(); ++at)
        runs.push_back(run_of(drafts[at].delivery_id, started_at, (*filed)[at], *drafts[at].gridhook));
    auto statement = audit::insert_runs(runs);
    const auto written = co_await transaction->run(std::move(statement));
    if (!written) co_return written.error();
    fault_point("filing.before_commit");
    const auto committed = co_await transaction->commit();
    if (!committed) co_return committed.error();
    fault_point("filing.after_commit");
    changed_();
    co_return filed;
}

Async<Result<>> Filing::work(const Source& source, const std::vector<inbox::Claimed>& claimed) {
    const auto started_at = iso8601(system_now());
    auto author = author_of(source);
    auto transaction = co_await pg::Transaction::begin(pool_, std::move(author));
    if (!transaction) co_return transaction.error();
    auto question = inbox::hold(claimed);
    const auto held = co_await transaction->run(std::move(question));
    if (!held) co_return held.error();
    std::unordered_set<std::int64_t> ours;
    for (int row = 0; row < held->size(); ++row) ours.insert(held->integer(row, 0));

    std::vector<Gridhook> gridhooks;
    gridhooks.reserve(claimed.size());  // drafts point into it
    std::vector<Draft> drafts;
    std::vector<inbox::Ending> endings;
    std::vector<audit::Run> runs;
    std::vector<const inbox::Claimed*> opened;
    const auto cipher = cipher_.now();
    for (const auto& delivery : claimed) {
        if (!ours.contains(delivery.seq)) continue;
        auto gridhook = read_gridhook(*cipher, delivery.body, settings_.omit_fields, source);
        if (gridhook) {
            gridhooks.push_back(std::move(*gridhook));
            drafts.push_back({delivery.id, delivery.received_at, &gridhooks.back()});
            opened.push_back(&delivery);
            continue;
        }
        const auto& detail = gridhook.error().detail;
        endings.push_back({delivery.seq, delivery.fence, inbox::State::dead, detail});
        runs.push_back(failed_run(source, delivery.id, started_at, detail));
    }
    if (!drafts.empty()) {
        const auto filed = co_await store(*transaction, drafts, settings_.practice_timezone, {});
        if (!filed) co_return filed.error();
        for (std::size_t at = 0; at < opened.size(); ++at) {
            const auto& delivery = *opened[at];
            endings.push_back(
                {delivery.seq, delivery.fence, inbox::State::done, std::string{outcome_of((*filed)[at])}});
            runs.push_back(run_of(delivery.id, started_at, (*filed)[at], gridhooks[at]));
        }
    }
    if (!endings.empty()) {
        std::vector<pg::Statement> statements{inbox::finish(endings), audit::insert_runs(runs)};
        const auto written = co_await transaction->run(std::move(statements));
        if (!written) co_return written.error();
    }
    const auto committed = co_await transaction->commit();
    if (!committed) co_return committed.error();
    changed_();
    co_return Result<>{};
}

}  // namespace dcs::deepcura
