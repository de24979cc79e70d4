#include "evidence/pack.hpp"

#include "base/encoding.hpp"
#include "crypto/crypto.hpp"
#include "evidence/zip.hpp"

#include <boost/json.hpp>

namespace dcs::evidence {

namespace json = boost::json;

namespace {

using Look = Async<Section> (*)(const Sight&, pg::Pool&);

Async<Sections> look_at_database(const Sight& sight, pg::Pool& pool) {
    Sections found;
    for (const Look look : {&look_at_users, &look_at_database_roles, &look_at_connections, &look_at_chain,
                            &look_at_access, &look_at_alerts, &look_at_retention, &look_at_drill, &look_at_versions}) {
        auto looking = look(sight, pool);
        found.push_back(co_await std::move(looking));
    }
    co_return found;
}

std::string manifest_of(const Files& files, const std::string& at) {
    json::object hashes;
    for (const auto& [name, content] : files) hashes[name] = to_hex(crypto::sha256(content));
    return json::serialize(
               json::object{{"format", "drchrono-sync evidence manifest 1"}, {"at", at}, {"sha256", hashes}}) +
           "\n";
}

Files files_of(const Report& report, Attachment sbom, Attachment vulnerabilities) {
    Files files{{"index.html", page_of(report)}, {"evidence.json", json_of(report)}};
    if (!sbom.bytes.empty()) files.emplace_back("sbom.cdx.json", std::move(sbom.bytes));
    if (!vulnerabilities.bytes.empty()) files.emplace_back("vulnerabilities.json", std::move(vulnerabilities.bytes));
    auto manifest = manifest_of(files, report.at);
    files.emplace_back("manifest.json", std::move(manifest));
    return files;
}

Made counts_of(const Report& report) {
    Made made;
    for (const auto& answer : report.answers)
        ++(answer.finding.verdict == Verdict::shown    ? made.shown
           : answer.finding.verdict == Verdict::partly ? made.partly
                                                       : made.not_shown);
    return made;
}

}  // namespace

Async<Result<Made>> make_pack(asio::any_io_executor executor, Sight sight, std::filesystem::path out) {
    auto database = sight.database;
    database.application_name = "drchrono-sync-evidence";
    database.pool_size = 2;
    database.statement_limit = look_limit;
    pg::Pool pool{executor, database};
    auto looking = look_at_database(sight, pool);
    auto sections = co_await std::move(looking);
    co_await pool.close(std::chrono::seconds{1});
    for (auto section : {look_at_settings(sight), look_at_addresses(sight), look_at_sessions(sight), look_at_routes(),
                         look_at_roles(), look_at_backups(sight)})
        sections.push_back(std::move(section));
    auto sbom = look_at_sbom(sight);
    auto vulnerabilities = look_at_vulnerabilities(sight);
    sections.push_back(sbom.section);
    sections.push_back(vulnerabilities.section);
    Report report{to_seconds(sight.at), sight.version, {}, std::move(sections)};
    for (const auto& duty : duties()) report.answers.push_back({&duty, duty.judge(report.sections)});
    const auto written = write_zip(out, files_of(report, std::move(sbom), std::move(vulnerabilities)), sight.at);
    if (!written) co_return written.error();
    co_return counts_of(report);
}

}  // namespace dcs::evidence
