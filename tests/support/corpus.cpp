#include "support/corpus.hpp"

#include "base/encoding.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

namespace dcs::test {

namespace {

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

std::string body_of(const Document& given) {
    if (const auto* payload = given.find("payload")) return payload->text();
    if (const auto* body = given.find("body")) return std::string{*body->string()};
    const auto* encoded = given.find("body_base64");
    return encoded ? from_base64(*encoded->string()).value() : throw std::runtime_error{"a case without a payload"};
}

/// Without what is plain in a code of the list whose own system is `own`.
Document short_codes(const Document& codes, std::string_view own) {
    Document::Array all;
    for (const auto& code : codes.items()) {
        Document::Object kept;
        for (const auto& [name, value] : code.members())
            if (name != "original" && !(name == "system" && value.string() == own)) kept.emplace_back(name, value);
        all.emplace_back(std::move(kept));
    }
    return Document{std::move(all)};
}

bool is_plain_risk(const Document& risk) {
    return risk.members().size() == 3 &&
           std::ranges::all_of(risk.members(), [](const auto& each) { return each.second.string() == "unknown"; });
}

Document sorted(const Document& list) {
    auto all = list.items();
    std::ranges::sort(all, {}, [](const Document& each) { return each.text(); });
    return Document{std::move(all)};
}

}  // namespace

std::vector<CorpusCase> read_corpus(const std::string& directory) {
    std::vector<std::filesystem::path> files;
    for (const auto& each : std::filesystem::directory_iterator{directory})
        if (each.path().extension() == ".json") files.push_back(each.path());
    std::ranges::sort(files);
    std::vector<CorpusCase> cases;
    for (const auto& file : files) {
        const auto parsed = Document::parse(content_of(file));
        if (!parsed) throw std::runtime_error{file.string() + " is not JSON"};
        for (const auto& each : parsed->value.items())
            cases.push_back({file.stem().string(), std::string{*each.find("case")->string()}, body_of(each),
                             corpus_row(*each.find("row"))});
    }
    return cases;
}

Document corpus_row(const Document& columns) {
    static const std::set<std::string, std::less<>> shown{"event_type",          "session_id",
                                                          "drchrono_appt_id",    "drchrono_patient_id",
                                                          "doctor_id",           "session_date",
                                                          "session_days",        "session_at",
                                                          "session_time",        "duration_minutes",
                                                          "transcript",          "soap_subjective",
                                                          "soap_objective",      "soap_assessment",
                                                          "soap_plan",           "note_text",
                                                          "icd10_codes",         "cpt_codes",
                                                          "medication_mentions", "billing_summary",
                                                          "risk_assessment",     "flags"};
    Document::Object row;
    for (const auto& [name, given] : columns.members()) {
        if (!shown.contains(name) || given.is_null()) continue;
        auto value = given;
        if (name == "flags" || name == "session_days") value = sorted(value);
        if ((name == "flags" || name == "session_days") && value.items().empty()) continue;
        const auto* date = columns.find("session_date");
        if (name == "session_days" && value.items().size() == 1 && date && value.items()[0] == *date) continue;
        if (name == "risk_assessment" && is_plain_risk(value)) continue;
        if (name == "icd10_codes") value = short_codes(value, "ICD-10-CM");
        if (name == "cpt_codes") value = short_codes(value, "CPT");
        if (name == "session_at" && value.string() && value.string()->ends_with("+00:00"))
            value = Document{std::string{value.string()->substr(0, value.string()->size() - 6)} + "Z"};
        row.emplace_back(name, std::move(value));
    }
    return Document{std::move(row)};
}

std::string differences(const Document& expected, const Document& actual) {
    std::string all;
    const auto differ = [&](const std::string& name) {
        const auto text = [&](const Document& row) { return row.find(name) ? row.find(name)->text() : "(nothing)"; };
        all += "    " + name + "\n      expected " + text(expected) + "\n      came     " + text(actual) + "\n";
    };
    for (const auto& [name, value] : expected.members())
        if (!actual.find(name) || !(*actual.find(name) == value)) differ(name);
    for (const auto& [name, value] : actual.members())
        if (!expected.find(name)) differ(name);
    return all;
}

}  // namespace dcs::test
