#include "reconcile/checkpoint.hpp"

#include <boost/json.hpp>

namespace dcs::reconcile {

namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::int64_t large_number_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_int64() ? value->get_int64() : 0;
}

int number_of(const json::object& object, std::string_view name) {
    return static_cast<int>(large_number_of(object, name));
}

bool flag_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_bool() && value->get_bool();
}

json::array json_of(const std::vector<Checkpoint::Job>& jobs) {
    json::array all;
    for (const auto& job : jobs)
        all.push_back(json::object{{"page", job.page}, {"uuid", job.uuid}, {"submitted", iso8601(job.submitted)}});
    return all;
}

std::vector<Checkpoint::Job> jobs_of(const json::object& object) {
    std::vector<Checkpoint::Job> jobs;
    const auto* all = object.if_contains("jobs");
    if (!all || !all->is_array()) return jobs;
    for (const auto& each : all->get_array()) {
        if (!each.is_object()) continue;
        const auto& job = each.get_object();
        const auto submitted = parse_iso8601(text_of(job, "submitted"));
        if (submitted && number_of(job, "page") > 0)
            jobs.push_back({number_of(job, "page"), text_of(job, "uuid"), *submitted});
    }
    return jobs;
}

json::object json_of(const Checkpoint& checkpoint) {
    const auto& counts = checkpoint.counts;
    return {{"run_id", checkpoint.run_id},
            {"full", checkpoint.full},
            {"since", checkpoint.since},
            {"started_at", iso8601(checkpoint.started_at)},
            {"bulk", checkpoint.bulk},
            {"phase", static_cast<int>(checkpoint.phase)},
            {"position", checkpoint.position},
            {"requests", checkpoint.requests},
            {"expected", checkpoint.expected},
            {"chunked", checkpoint.chunked},
            {"pages", checkpoint.pages},
            {"shown", checkpoint.shown},
            {"total", counts.total},
            {"created", counts.created},
            {"updated", counts.updated},
            {"unchanged", counts.unchanged},
            {"deleted", counts.deleted},
            {"failed", counts.failed},
            {"window", checkpoint.window},
            {"said", checkpoint.said},
            {"written_at", iso8601(checkpoint.written_at)},
            {"no_bulk", checkpoint.no_bulk},
            {"begun", checkpoint.begun},
            {"fence", checkpoint.fence},
            {"empty_pages", checkpoint.empty_pages},
            {"given_up", checkpoint.given_up},
            {"given_up_for", checkpoint.given_up_for},
            {"repair", checkpoint.repair},
            {"no_past", checkpoint.no_past},
            {"no_future", checkpoint.no_future},
            {"unanswered", checkpoint.unanswered},
            {"jobs", json_of(checkpoint.jobs)}};
}

std::optional<Checkpoint> checkpoint_of(const json::object& object) {
    const auto started = parse_iso8601(text_of(object, "started_at"));
    if (!started || text_of(object, "run_id").empty()) return std::nullopt;
    Checkpoint checkpoint;
    checkpoint.run_id = text_of(object, "run_id");
    checkpoint.full = flag_of(object, "full");
    checkpoint.since = text_of(object, "since");
    checkpoint.started_at = *started;
    checkpoint.window = text_of(object, "window");
    checkpoint.said = text_of(object, "said");
    checkpoint.written_at = parse_iso8601(text_of(object, "written_at")).value_or(*started);
    checkpoint.fence = large_number_of(object, "fence");
    checkpoint.no_bulk = flag_of(object, "no_bulk");
    checkpoint.repair = flag_of(object, "repair");
    checkpoint.no_past = flag_of(object, "no_past");
    checkpoint.no_future = flag_of(object, "no_future");
    checkpoint.unanswered = number_of(object, "unanswered");
    checkpoint.begun = number_of(object, "begun");
    checkpoint.empty_pages = number_of(object, "empty_pages");
    checkpoint.given_up = number_of(object, "given_up");
    checkpoint.given_up_for = text_of(object, "given_up_for");
    checkpoint.bulk = flag_of(object, "bulk");
    checkpoint.jobs = jobs_of(object);
    checkpoint.chunked = flag_of(object, "chunked");
    checkpoint.pages = number_of(object, "pages");
    checkpoint.shown = large_number_of(object, "shown");
    checkpoint.phase = static_cast<Checkpoint::Phase>(number_of(object, "phase"));
    checkpoint.position = text_of(object, "position");
    checkpoint.requests = number_of(object, "requests");
    checkpoint.expected = large_number_of(object, "expected");
    checkpoint.counts = {.total = number_of(object, "total"),
                         .created = number_of(object, "created"),
                         .updated = number_of(object, "updated"),
                         .unchanged = number_of(object, "unchanged"),
                         .deleted = number_of(object, "deleted"),
                         .failed = number_of(object, "failed")};
    return checkpoint;
}

}  // namespace

std::vector<std::string_view> phase_names() {
    std::vector<std::string_view> names;
    for (int number = 0; !name_of(static_cast<Checkpoint::Phase>(number)).empty(); ++number)
        names.push_back(name_of(static_cast<Checkpoint::Phase>(number)));
    return names;
}

Async<Result<Standing>> read_standing(pg::Pool& pool, std::string table) {
    auto question = pg::sql("select value::text from sync_state where name = $1", "sync:" + table);
    const auto rows = co_await pool.run(std::move(question));
    if (!rows) co_return rows.error();
    Standing standing;
    if (rows->empty()) co_return standing;
    boost::system::error_code malformed;
    const auto value = json::parse(rows->string(0, 0), malformed);
    if (malformed || !value.is_object()) co_return Error{Fault::bug, "sync_state holds no object"};
    const auto& object = value.get_object();
    standing.complete_since = parse_iso8601(text_of(object, "complete_since"));
    standing.whole_at = parse_iso8601(text_of(object, "whole_at"));
    standing.whole_run = text_of(object, "whole_run");
    standing.listed = number_of(object, "listed");
    if (object.contains("changed")) standing.changed = number_of(object, "changed");
    if (object.contains("usual_job")) standing.usual_job = std::chrono::milliseconds{number_of(object, "usual_job")};
    if (const auto* checkpoint = object.if_contains("checkpoint"); checkpoint && checkpoint->is_object())
        standing.checkpoint = checkpoint_of(checkpoint->get_object());
    if (const auto* window = object.if_contains("window"); window && window->is_object())
        standing.window = checkpoint_of(window->get_object());
    co_return standing;
}

pg::Statement write_standing(const std::string& table, const Standing& standing) {
    json::object value;
    if (standing.complete_since) value["complete_since"] = iso8601(*standing.complete_since);
    if (standing.whole_at) value["whole_at"] = iso8601(*standing.whole_at);
    if (standing.whole_at) value["whole_run"] = standing.whole_run;
    if (standing.listed > 0) value["listed"] = standing.listed;
    if (standing.changed >= 0) value["changed"] = standing.changed;
    if (standing.usual_job) value["usual_job"] = standing.usual_job->count();
    if (standing.checkpoint) value["checkpoint"] = json_of(*standing.checkpoint);
    if (standing.window) value["window"] = json_of(*standing.window);
    return pg::sql("insert into sync_state (name, value) values ($1, $2::jsonb) "
                   "on conflict (name) do update set value = excluded.value, updated_at = now()",
                   "sync:" + table, json::serialize(value));
}

}  // namespace dcs::reconcile
