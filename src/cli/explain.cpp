#include "admin/history.hpp"
#include "admin/reply.hpp"
#include "audit/access_log.hpp"
#include "audit/patients_named.hpp"
#include "audit/timeline.hpp"
#include "base/counted.hpp"
#include "base/document.hpp"
#include "cli/commands.hpp"
#include "cli/person.hpp"
#include "cli/start_settings.hpp"
#include "cli/values.hpp"
#include "cli/whole_id.hpp"
#include "cli/with_database.hpp"
#include "resources/listing.hpp"
#include "resources/sensitive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace dcs::cli {

namespace {

/// "patient", "patients", "clinical-note" …; nullptr: no such kind of record.
const Resource* resource_of(const std::string& kind) {
    const std::string singular = kind.ends_with('y') ? kind.substr(0, kind.size() - 1) + "ies" : kind + "s";
    for (const auto& name : {kind, singular}) {
        if (const auto* listing = find_listing(name)) return find_resource(listing->table);
        if (const auto* resource = find_resource(name)) return resource;
    }
    return nullptr;
}

/// What is to be explained, and whose records are seen by it.
struct Subject {
    audit::TimelineOf of{};
    audit::Access access{};
    std::string name{};
};

/// Where a record is, by our id or by DrChrono's.
pg::Statement find_record(const Resource& resource, const std::string& id) {
    const bool has_patient = std::ranges::any_of(
        resource.columns, [](const Column& column) { return column.name == "drchrono_patient_id"; });
    const auto by = admin::is_uuid(id) ? std::string{"id = $1::uuid"}
                                       : fmt::format("{} = $1::{}", resource.key_column, sql_name(resource.key_type));
    return pg::sql(fmt::format("select id::text, {}::text, {} from {} where {}", resource.key_column,
                               resource.table == "patients" ? "drchrono_id"
                               : has_patient                ? "drchrono_patient_id"
                                                            : "null",
                               resource.table, by),
                   id);
}

class Explanation {
public:
    Explanation(pg::Pool& pool, const ExplainOptions& options, bool has_topic)
        : pool_{pool}, options_{options}, has_topic_{has_topic} {}

    Async<int> run() {
        auto beginning = pg::Transaction::begin(pool_, {person(), "person:" + person()});
        auto transaction = co_await std::move(beginning);
        if (!transaction) co_return complain(transaction.error());
        auto looking = subject(*transaction);
        auto found = co_await std::move(looking);
        if (!found) co_return complain(found.error());
        const auto timeline = co_await audit::read_timeline(*transaction, found->of, has_topic_);
        if (!timeline) co_return complain(timeline.error());
        if (timeline->moments.empty()) co_return complain(unknown());
        auto seeing = seen(*transaction, *found, *timeline);
        const auto targets = co_await std::move(seeing);
        if (!targets) co_return complain(targets.error());
        auto access = insert_accesses(found->access, *targets);
        const auto logged = co_await transaction->run(std::move(access));
        if (!logged) co_return complain(logged.error());
        const auto committed = co_await transaction->commit();
        if (!committed) co_return complain(committed.error());
        if (options_.json) show_json(*found, *timeline);
        else show(*found, *timeline);
        co_return 0;
    }

private:
    static int complain(const Error& error) {
        fmt::print(stderr, "drchrono-sync: {}\n", error.detail);
        return 1;
    }
    Error unknown() const {
        return {Fault::not_found,
                fmt::format("there is no {} {}; what retention has removed cannot be explained any more", options_.kind,
                            options_.id)};
    }

    Async<Result<Subject>> subject(pg::Transaction& transaction) {
        Subject subject;
        subject.access = {.actor = person(), .role = "cli", .action = "explain"};
        subject.access.reason = options_.reason;
        subject.access.details =
            fmt::format(R"({{"kind":{},"id":{}}})", json_quoted(options_.kind), json_quoted(options_.id));
        subject.name = fmt::format("{} {}", options_.kind, options_.id);
        if (const auto* resource = resource_of(options_.kind)) {
            auto named = add_record(transaction, subject, *resource, options_.id);
            const auto added = co_await std::move(named);
            if (!added) co_return added.error();
            co_return subject;
        }
        const bool delivery = options_.kind == "delivery";
        auto resolving = whole_id(transaction, delivery ? IdOf::delivery : IdOf::event, options_.id);
        const auto whole = co_await std::move(resolving);
        if (!whole) co_return whole.error();
        (delivery ? subject.of.delivery_id : subject.of.event_id) = *whole;
        auto question = delivery
                            ? pg::sql("select split_part(object_key, ':', 1), substring(object_key from ':(.*)$') "
                                      "from inbox where id = $1::uuid and object_key is not null",
                                      *whole)
                            : pg::sql("select table_name, record_id::text from change_log where event_id = $1::uuid "
                                      "union all select table_name, record_id::text from outbox "
                                      "where event_id = $1::uuid limit 1",
                                      *whole);
        const auto rows = co_await transaction.run(std::move(question));
        if (!rows) co_return rows.error();
        const auto* resource = rows->empty() ? nullptr : find_resource(rows->string(0, 0));
        if (resource == nullptr) {
            if (!rows->empty() && !delivery) subject.access.table_name = rows->string(0, 0);
            co_return subject;
        }
        // Whose record it is, for the access log; one that is not there any more is named by its id alone, and a patient who
        // never was is named by the number.
        Subject with_record;
        auto named = add_record(transaction, with_record, *resource, rows->string(0, 1));
        const auto added = co_await std::move(named);
        if (!added && added.error().fault != Fault::not_found) co_return added.error();
        subject.access.table_name = resource->table;
        subject.access.record_id = with_record.access.record_id;
        subject.access.patient_id = with_record.access.patient_id;
        subject.access.drchrono_patient_id = with_record.access.drchrono_patient_id;
        if (!added && resource->table == "patients" && audit::is_patient_number(rows->string(0, 1)))
            subject.access.drchrono_patient_id = std::stoll(rows->string(0, 1));
        co_return subject;
    }

    Async<Result<>> add_record(pg::Transaction& transaction, Subject& subject, const Resource& resource,
                               std::string id) {
        if (!admin::is_uuid(id) && !valid_key(resource, id)) co_return unknown();
        auto question = find_record(resource, id);
        const auto rows = co_await transaction.run(std::move(question));
        if (!rows) co_return rows.error();
        if (rows->empty()) co_return unknown();
        subject.of.record_id = rows->string(0, 0);
        subject.of.object_key = fmt::format("{}:{}", resource.table, rows->string(0, 1));
        subject.access.table_name = resource.table;
        subject.access.record_id = subject.of.record_id;
        subject.access.drchrono_patient_id = rows->maybe_integer(0, 2);
        if (!subject.access.drchrono_patient_id) co_return Result<>{};
        auto asking =
            pg::sql("select id::text from patients where drchrono_id = $1", *subject.access.drchrono_patient_id);
        const auto patient = co_await transaction.run(std::move(asking));
        if (!patient) co_return patient.error();
        if (!patient->empty()) subject.access.patient_id = patient->string(0, 0);
        co_return Result<>{};
    }

    /// The subject's own patient, and those of all records whose changes are told: a scribe's delivery names no record, a note
    /// shows more than one patient, and a record may have been another one's before.
    static Async<Result<std::vector<audit::Target>>> seen(pg::Transaction& transaction, const Subject& subject,
                                                          const audit::Timeline& timeline) {
        const auto& access = subject.access;
        const auto own = access.drchrono_patient_id ? std::to_string(*access.drchrono_patient_id) : std::string{};
        auto question = pg::sql(
            "select distinct on (p.patient) c.record_id::text, p.patient::text from ("
            "  select * from change_log where cause = 'delivery:' || nullif($1, '')"
            "  union all select * from change_log where event_id = nullif($2, '')::uuid"
            "  union all select * from change_log where record_id = nullif($3, '')::uuid"
            ") as c cross join lateral patients_of_change(c.table_name, c.record_id, c.old_values, c.new_values)"
            " as p (patient) order by p.patient, c.record_id",
            subject.of.delivery_id, subject.of.event_id, subject.of.record_id);
        const auto rows = co_await transaction.run(std::move(question));
        if (!rows) co_return rows.error();
        std::vector<audit::Target> targets;
        for (int row = 0; row < rows->size(); ++row)
            if (rows->string(row, 1) != own)
                targets.push_back({.record_id = rows->string(row, 0), .drchrono_patient_id = rows->string(row, 1)});
        // DrChrono's JSON and a scribe's payload may name further ones, under which nothing was filed.
        std::set<std::string> further;
        for (const auto& moment : timeline.moments)
            for (const auto* values : {&moment.old_values, &moment.new_values})
                for (auto& number : audit::patients_named_in(*values)) further.insert(std::move(number));
        for (const auto& target : targets) further.erase(target.drchrono_patient_id);
        further.erase(own);
        for (const auto& number : further)
            targets.push_back({.record_id = access.record_id, .drchrono_patient_id = number});
        if (targets.empty() || !own.empty()) targets.push_back({access.record_id, access.patient_id, own});
        co_return targets;
    }

    /// What changed; sensitive values only for a reason.
    std::string fields_of(const audit::Moment& moment) const {
        const auto before = Document::parse(moment.old_values.empty() ? "null" : moment.old_values);
        const auto after = Document::parse(moment.new_values.empty() ? "null" : moment.new_values);
        admin::ChangeRow change{.operation = moment.operation};
        if (before) change.old_values = before->value;
        if (after) change.new_values = after->value;
        auto fields = admin::diff_of(change);
        if (!with_values_) return without_values(fields);
        const auto parsed = options_.reason.empty() ? Document::parse(fields) : Error{Fault::bad_input, "all is shown"};
        const auto instead = parsed ? without_sensitive(parsed->value) : std::nullopt;
        return instead ? instead->text() : fields;
    }

    /// The names of what changed alone.
    static std::string without_values(const std::string& fields) {
        const auto parsed = Document::parse(fields);
        std::string names;
        if (parsed)
            for (const auto& each : parsed->value.items())
                names += fmt::format(R"({}{{"field":{},"withheld":true}})", names.empty() ? "" : ",",
                                     json_quoted(each.find("field")->string().value_or("")));
        return "[" + names + "]";
    }

    void show(const Subject& subject, const audit::Timeline& timeline) {
        fmt::print("{}\n", subject.name);
        for (const auto& moment : timeline.moments) {
            fmt::print("  {:<27} {:<8} {}{}\n", moment.at, moment.kind, moment.title,
                       moment.id.empty() ? "" : "   " + moment.id);
            if (moment.kind == "change") show_fields(fields_of(moment));
        }
        fmt::print("access_log now records that you have seen this\n");
        show_what_is_hidden(timeline);
    }
    /// One line that names what was left out and the option that shows it; none where all was shown.
    void show_what_is_hidden(const audit::Timeline& timeline) const {
        std::vector<std::string> hidden;
        if (!with_values_) hidden.emplace_back("values (use a terminal, or --out FILE)");
        if (sensitive_ > 0) hidden.push_back(counted(sensitive_, "sensitive value") + " (use --reason WHY)");
        if (raw_members_ > 0)
            hidden.push_back(counted(raw_members_, "change") + " in DrChrono's JSON outside the columns (use --json)");
        if (timeline.cut)
            hidden.push_back(fmt::format("changes before the latest {} (use the admin page)", audit::most_moments));
        if (!hidden.empty()) fmt::print("Not shown: {}\n", fmt::join(hidden, "; "));
    }
    /// Columns only: the rest of DrChrono's JSON is in --json.
    void show_fields(const std::string& fields) {
        const auto parsed = Document::parse(fields);
        if (!parsed) return;
        std::string others;  // members of DrChrono's JSON
        bool any = false;
        for (const auto& each : parsed->value.items()) {
            const auto name = each.find("field")->string().value_or("");
            if (each.find("withheld") != nullptr) {
                fmt::print("  {:<36} {}\n", "", name);
                any = true;
                continue;
            }
            const auto *before = each.find("old"), *after = each.find("new");
            if (before->is_null() && after->is_null()) continue;
            const auto hides = [](const Document& value) {
                return value.text().find(R"({"hidden":true})") != std::string::npos;
            };
            if (hides(*before) || hides(*after)) ++sensitive_;
            if (constexpr std::string_view raw = "drchrono_raw."; name.starts_with(raw)) {
                others.append(others.empty() ? "" : ", ").append(name.substr(raw.size()));
                ++raw_members_;
                continue;
            }
            any = true;
            fmt::print("  {:<36} {}: {}{}\n", "", name, before->is_null() ? "" : before->text() + " → ", after->text());
        }
        if (!any && !others.empty())
            fmt::print("  {:<36} only members of DrChrono's JSON that have no column: {}\n", "", others);
    }
    void show_json(const Subject& subject, const audit::Timeline& timeline) const {
        std::string moments;
        for (const auto& moment : timeline.moments)
            moments += fmt::format(R"({}{{"at":{},"kind":{},"id":{},"title":{},"fields":{}}})",
                                   moments.empty() ? "" : ",", json_quoted(moment.at), json_quoted(moment.kind),
                                   moment.id.empty() ? "null" : json_quoted(moment.id), json_quoted(moment.title),
                                   moment.kind == "change" ? fields_of(moment) : "[]");
        fmt::print(R"({{"subject":{},"older_left_out":{},"moments":[{}]}})"
                   "\n",
                   json_quoted(subject.name), timeline.cut, moments);
    }

    pg::Pool& pool_;
    const ExplainOptions& options_;
    bool has_topic_;
    bool with_values_ = may_print_values();
    int sensitive_ = 0;    // values that were printed as hidden, for want of a reason
    int raw_members_ = 0;  // changes of members of DrChrono's JSON that were not printed
};

Async<int> explain_from(pg::Pool& pool, ExplainOptions options, bool has_topic) {
    Explanation explanation{pool, options, has_topic};
    co_return co_await explanation.run();
}

}  // namespace

int explain(bool dev, const ExplainOptions& options) {
    if (options.kind != "delivery" && options.kind != "event" && resource_of(options.kind) == nullptr) {
        fmt::print(stderr, "drchrono-sync: explain patient, appointment, … (any kind of record), delivery or event\n");
        return 2;
    }
    const auto settings = start_settings(dev);
    if (!settings || (!options.out.empty() && !print_into(options.out))) return 2;
    const bool has_topic = !settings->gcp_project.empty();
    const int status = with_database(*settings, [&](pg::Pool& pool) { return explain_from(pool, options, has_topic); });
    return keep_what_was_printed(options.out, status);
}

}  // namespace dcs::cli
