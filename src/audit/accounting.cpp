#include "audit/accounting.hpp"

#include "base/document.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::audit {

namespace {

// $1 since, $2 until, $3 patient by our id, $4 by DrChrono's, $5 person. A row that names a patient by our id alone counts too.
constexpr std::string_view condition =
    "l.at >= $1::timestamptz and ($2 = '' or l.at < nullif($2, '')::timestamptz) "
    "and ($3 = '' and $4 = '' or l.patient_id = nullif($3, '')::uuid or l.drchrono_patient_id = nullif($4, '')::bigint) "
    "and ($5 = '' or l.actor in ($5, 'admin:' || $5, 'person:' || $5, 'cli:' || $5) or l.actor like 'cli:% as ' || $5)";
constexpr std::string_view patient =
    "coalesce(l.drchrono_patient_id, (select p.drchrono_id from patients p where p.id = l.patient_id))";
constexpr std::string_view time = "to_char({} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 18 &&
           std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

std::vector<pg::Param> values_of(const AccountingOf& of) {
    const bool number = is_number(of.patient);
    std::vector<pg::Param> values;
    values.emplace_back(of.since);
    values.emplace_back(of.until);
    values.emplace_back(number ? std::string{} : of.patient);
    values.emplace_back(number ? of.patient : std::string{});
    values.emplace_back(of.person);
    return values;
}

std::string coding(std::string_view system, std::string_view code, std::string_view display) {
    return fmt::format(R"({{"system":{},"code":{},"display":{}}})", json_quoted(system), json_quoted(code),
                       json_quoted(display));
}

std::string concept_of(const std::string& coding) { return fmt::format(R"({{"coding":[{}]}})", coding); }

}  // namespace

pg::Statement count_accesses(const AccountingOf& of, int most, const CountedAfter& after) {
    auto values = values_of(of);
    values.emplace_back(std::int64_t{most});
    values.emplace_back(after.last);
    values.emplace_back(after.person);
    values.emplace_back(after.patient);
    return {
        fmt::format("select s.actor, s.roles, s.patient, {0}, {1}, s.times, s.actions, s.addresses from ("
                    "select l.actor, string_agg(distinct nullif(l.role, ''), ' ') as roles, {2} as patient, "
                    "min(l.at) as first, max(l.at) as last, count(*) as times, "
                    "string_agg(distinct l.action, ' ') as actions, "
                    "string_agg(distinct l.details ->> 'address', ' ') as addresses "
                    "from access_log l where {3} and (l.patient_id is not null or l.drchrono_patient_id is not null) "
                    "group by l.actor, {2}) s where s.patient is not null "
                    "and ($7 = '' or s.last < nullif($7, '')::timestamptz or s.last = nullif($7, '')::timestamptz "
                    "and (s.actor, s.patient) > ($8, nullif($9, '')::bigint)) "
                    "order by s.last desc, s.actor, s.patient limit $6",
                    fmt::format(fmt::runtime(time), "s.first"), fmt::format(fmt::runtime(time), "s.last"), patient,
                    condition),
        std::move(values)};
}

pg::Statement read_accesses(const AccountingOf& of, const std::string& at, const std::string& id, int most) {
    auto values = values_of(of);
    values.emplace_back(std::int64_t{most});
    values.emplace_back(at);
    values.emplace_back(id);
    return {fmt::format(
                "select l.id, {}, l.actor, l.role, l.action, l.table_name, l.record_id, {}, l.reason, l.request_id, "
                "l.details ->> 'address' from access_log l where {} "
                "and (l.patient_id is not null or l.drchrono_patient_id is not null) "
                "and ($7 = '' or (l.at, l.id) > (nullif($7, '')::timestamptz, nullif($8, '')::bigint)) "
                "order by l.at, l.id limit $6",
                fmt::format(fmt::runtime(time), "l.at"), patient, condition),
            std::move(values)};
}

// Source: profiles.ihe.net/ITI/BALP, PatientRead: who asked is the destination of what is read, and the service its source.
std::string audit_event(const pg::Rows& rows, int row) {
    constexpr std::string_view roles = "http://dicom.nema.org/resources/ontology/DCM";
    constexpr std::string_view kinds = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
    constexpr std::string_view parts = "http://terminology.hl7.org/CodeSystem/object-role";
    const auto text = [&](int column) { return std::string{rows.text(row, column).value_or("")}; };
    const auto address = text(10);
    const auto reason = text(8);
    std::string event = R"({"resourceType":"AuditEvent","meta":{"profile":[)"
                        R"("https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead"]},)";
    event += fmt::format(R"("id":"access-{}","type":{},)", text(0),
                         coding("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "Restful Operation"));
    event += fmt::format(R"("subtype":[{},{}],"action":"R","recorded":{},"outcome":"0",)",
                         coding("http://hl7.org/fhir/restful-interaction", "read", "read"),
                         coding("urn:drchrono-sync:access", text(4), text(4)), json_quoted(text(1)));
    if (!reason.empty()) event += fmt::format(R"("purposeOfEvent":[{{"text":{}}}],)", json_quoted(reason));
    const auto network = address.empty()
                             ? std::string{}
                             : fmt::format(R"(,"network":{{"address":{},"type":"2"}})", json_quoted(address));
    event += fmt::format(R"("agent":[{{"type":{},"who":{{"display":{}}},"requestor":false{}}},)"
                         R"({{"type":{},"who":{{"display":"drchrono-sync"}},"requestor":false}},)"
                         R"({{"type":{},"who":{{"identifier":{{"value":{}}},"display":{}}},"requestor":true{}}}],)",
                         concept_of(coding(roles, "110152", "Destination Role ID")),
                         json_quoted(address.empty() ? std::string{"command line"} : address), network,
                         concept_of(coding(roles, "110153", "Source Role ID")),
                         concept_of(coding("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP",
                                           "information recipient")),
                         json_quoted(text(2)), json_quoted(text(2)),
                         text(3).empty() ? "" : fmt::format(R"(,"role":[{{"text":{}}}])", json_quoted(text(3))));
    event +=
        fmt::format(R"("source":{{"observer":{{"display":"drchrono-sync"}},"type":[{}]}},)",
                    coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server"));
    event +=
        fmt::format(R"("entity":[{{"what":{{"reference":"Patient/{}"}},"type":{},"role":{}}},)"
                    R"({{"what":{{"identifier":{{"value":{}}},"display":{}}},"type":{},"role":{}}})",
                    text(7), coding(kinds, "1", "Person"), coding(parts, "1", "Patient"),
                    json_quoted(text(6).empty() ? text(0) : text(6)), json_quoted(text(5).empty() ? text(4) : text(5)),
                    coding(kinds, "2", "System Object"), coding(parts, "4", "Domain Resource"));
    if (!text(9).empty())
        event += fmt::format(
            R"(,{{"what":{{"identifier":{{"value":{}}}}},"type":{}}})", json_quoted(text(9)),
            R"({"system":"https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType","code":"XrequestId"})");
    return event + "]}";
}

}  // namespace dcs::audit
