// What the program is made from, and what is known against it: files of the build and of tools/vulnerabilities.
#include "evidence/look.hpp"

#include "backup/manifest.hpp"
#include "base/document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

namespace dcs::evidence {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t largest_attachment = 32UL * 1024 * 1024;
constexpr auto fresh = std::chrono::days{30};

/// Empty: there is no such file, or it is too large.
std::string content_of(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return {};
    std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    return bytes.size() > largest_attachment ? std::string{} : bytes;
}

std::string text_at(const Document* document, std::string_view name) {
    const auto* member = document == nullptr ? nullptr : document->find(name);
    return member == nullptr ? std::string{} : std::string{member->string().value_or("")};
}

/// The SHA-256 that the bill says the program has.
std::string hash_in(const Document& bill) {
    const auto* hashes = bill.find({"metadata", "component", "hashes"});
    return hashes == nullptr || hashes->items().empty() ? std::string{} : text_at(&hashes->items().front(), "content");
}

/// "npm 12, osv 40".
std::string counts_in(const Document* asked) {
    std::string text;
    for (const auto& [place, count] : asked == nullptr ? Document::Object{} : asked->members())
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", place, count.text());
    return text;
}

/// Why a list of vulnerabilities is no evidence of the program; empty: it is. `bill`: the bill of materials, where there is one.
std::string fault_of_list(const Document& list, std::string_view bill) {
    const auto parsed = Document::parse(bill);
    const auto serial = parsed ? text_at(&parsed->value, "serialNumber") : std::string{};
    if (!serial.empty() && serial != text_at(&list, "sbom"))
        return "the list is of another bill of materials than the one in this pack: run `tools/vulnerabilities` again";
    const auto* asked = list.find("asked");
    const auto* not_asked = list.find("not_asked");
    for (const auto& one : not_asked == nullptr ? Document::Array{} : not_asked->items())
        for (const auto& [place, count] : asked == nullptr ? Document::Object{} : asked->members())
            if (one.string().value_or("").starts_with(place + ": "))
                return fmt::format("{} did not answer when the list was made: run `tools/vulnerabilities` again",
                                   place);
    return {};
}

}  // namespace

Attachment look_at_sbom(const Sight& sight) {
    Attachment found{{.key = "sbom",
                      .title = "What the program is made from (SBOM)",
                      .source = "the bill of materials that the build wrote: sbom.cdx.json in this pack",
                      .columns = {"use", "components"}},
                     content_of(sight.sbom)};
    const auto program = backup::digest_of(sight.program);
    found.section.points.emplace_back("SHA-256 of the program", program ? program->sha256 : "not known");
    const auto bill = Document::parse(found.bytes);
    if (!bill || text_at(&bill->value, "bomFormat") != "CycloneDX") {
        found.section.missing =
            fmt::format("there is no bill of materials at {}: `make build` writes one beside the program",
                        sight.sbom.filename().string());
        found.bytes.clear();
        return found;
    }
    std::map<std::string, int> uses;
    const auto* components = bill->value.find("components");
    for (const auto& component : components == nullptr ? Document::Array{} : components->items()) {
        const auto* properties = component.find("properties");
        ++uses[properties == nullptr || properties->items().empty() ? ""
                                                                    : text_at(&properties->items().front(), "value")];
    }
    int all = 0;
    for (const auto& [use, count] : uses) {
        found.section.rows.push_back({use, std::to_string(count)});
        all += count;
    }
    found.section.points.emplace_back("components", std::to_string(all));
    found.section.points.emplace_back("serial number", text_at(&bill->value, "serialNumber"));
    const bool same = program && hash_in(bill->value) == program->sha256;
    found.section.points.emplace_back("it is this program's",
                                      same ? "yes" : "no: of another build, or of an unstripped copy");
    return found;
}

Attachment look_at_vulnerabilities(const Sight& sight) {
    Attachment found{
        {.key = "vulnerabilities",
         .title = "Known vulnerabilities",
         .source =
             "what OSV (Debian's packages) and npm's registry (the page's) had published about those versions when "
             "tools/vulnerabilities asked them: vulnerabilities.json in this pack. An advisory says that a version is "
             "affected, not that the program uses what is; of what nobody has published the list knows nothing",
         .columns = {"advisory", "component", "version", "scope", "severity", "summary"}},
        content_of(sight.vulnerabilities)};
    const auto list = Document::parse(found.bytes);
    const auto asked = list ? parse_iso8601(text_at(&list->value, "at")) : std::nullopt;
    if (!asked) {
        found.section.missing =
            fmt::format("there is no list at {}: `tools/vulnerabilities` writes one where the network permits",
                        sight.vulnerabilities.filename().string());
        found.bytes.clear();
        return found;
    }
    const auto* findings = list->value.find("findings");
    for (const auto& one : findings == nullptr ? Document::Array{} : findings->items())
        found.section.rows.push_back({text_at(&one, "id"), text_at(&one, "component"), text_at(&one, "version"),
                                      text_at(&one, "scope"), text_at(&one, "severity"), text_at(&one, "summary")});
    const auto missing = fault_of_list(list->value, content_of(sight.sbom));
    found.section.points = {{"asked at", to_seconds(*asked)},
                            {"components asked for", counts_in(list->value.find("asked"))},
                            {"bill of materials", text_at(&list->value, "sbom")},
                            {"advisories", std::to_string(found.section.rows.size())}};
    std::vector<std::string> unasked;
    const auto* not_asked = list->value.find("not_asked");
    for (const auto& one : not_asked == nullptr ? Document::Array{} : not_asked->items())
        unasked.emplace_back(one.string().value_or(""));
    if (!unasked.empty()) found.section.points.emplace_back("not asked", fmt::format("{}", fmt::join(unasked, "; ")));
    if (!missing.empty()) found.section.missing = missing;
    else if (sight.at - *asked > fresh)
        found.section.missing = fmt::format("the list is {} old, more than 30 days: run `tools/vulnerabilities` again",
                                            age_of(*asked, sight.at));
    else if (*asked > sight.at) found.section.missing = "the list is from after the time of this pack";
    return found;
}

}  // namespace dcs::evidence
