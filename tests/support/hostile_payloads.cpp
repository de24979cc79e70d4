#include "support/hostile_payloads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dcs::test {

namespace {

std::string times(std::string_view unit, std::size_t bytes) {
    std::string text;
    text.reserve(bytes + unit.size());
    while (text.size() + unit.size() <= bytes) text += unit;
    return text;
}

/// `unit`, as it stands in JSON, as often as fits between the beginning and the end.
HostileShape repeated(std::string_view name, std::string_view begin, std::string_view unit, std::string_view end) {
    return {name, [=](std::size_t bytes) {
                const auto around = begin.size() + end.size();
                return std::string{begin} + times(unit, bytes - std::min(bytes, around)) + std::string{end};
            }};
}

/// A list, or an object, of as many `unit` as fit; a '#' in the unit is a number that counts on.
HostileShape listed(std::string_view name, std::string_view begin, std::string_view unit, std::string_view end) {
    return {name, [=](std::size_t bytes) {
                std::string text{begin};
                for (std::size_t number = 0; text.size() + unit.size() + end.size() + 8 < bytes; ++number) {
                    if (number > 0) text += ',';
                    const auto mark = unit.find('#');
                    if (mark == std::string_view::npos) text += unit;
                    else text.append(unit.substr(0, mark)).append(std::to_string(number)).append(unit.substr(mark + 1));
                }
                return text.append(end);
            }};
}

HostileShape nested(std::string_view name, std::string_view open, std::string_view close) {
    return {name, [=](std::size_t bytes) {
                constexpr std::size_t depth = 400;
                std::string one;
                for (std::size_t each = 0; each < depth; ++each) one += open;
                one += "1";
                for (std::size_t each = 0; each < depth; ++each) one += close;
                return "{\"data\":[" + one + times("," + one, bytes - one.size()) + "]}";
            }};
}

void append_texts(std::vector<HostileShape>& all) {
    constexpr std::pair<std::string_view, std::string_view> units[]{
        {"one huge line", "a"},
        {"line ends", R"(\n)"},
        {"short lines", R"(a\n)"},
        {"headings", R"(Plan:\n)"},
        {"headings with text", R"(Plan: a\n)"},
        {"Markdown headings", R"(## Plan\na\n)"},
        {"unknown headings", R"(# Zz\n)"},
        {"letters", R"(S: a\nO: b\n)"},
        {"rules", R"(---\n)"},
        {"questions", R"(Q: a\nA: b\n)"},
        {"heads in one line", "Plan: a Assessment: b "},
        {"codes by comma", "F41.1,"},
        {"codes by blank", "99214 "},
        {"codes by slash", "F41.1/"},
        {"codes by line", R"(F41.1\n)"},
        {"words", "word "},
        {"short words by comma", "a,"},
        {"commas", ","},
        {"semicolons", ";"},
        {"pipes", "|"},
        {"slashes", "/"},
        {"blanks", " "},
        {"blanks around", "  a"},
        {"Unicode blanks", "\xC2\xA0"},
        {"zero-width characters", "\xE2\x80\x8B"},
        {"Unicode hyphens", "\xE2\x80\x91"},
        {"Unicode line ends", "\xE2\x80\xA8"},
        {"Unicode letters", "\xC3\xA9"},
        {"emoji", "\xF0\x9F\xA9\xBA"},
        {"HTML tags", "<b>"},
        {"HTML paragraphs", "<p>a</p>"},
        {"open brackets of tags", "<"},
        {"unclosed tags", "<b "},
        {"entities", "&amp;"},
        {"ampersands", "&"},
        {"base64", "QUJDREVGR0hJSktMTU5P"},
        {"table rows", R"(|F41.1|GAD|\n)"},
        {"table rules", R"(|-|\n)"},
        {"modifiers", "99214-25-GT-95 "},
        {"units", "90833 x1 "},
        {"cues", "r/o F41.1 "},
        {"brackets", "("},
        {"closed brackets", "(F41.1)"},
        {"quotation marks", R"(\")"},
        {"stars", "*"},
        {"hyphens", "-"},
        {"fences", "```"},
        {"denials", "denies SI. "},
        {"digits", "9"},
        {"number signs", "#"},
        {"bold marks", "**Plan:** a "},
        {"carriage returns", R"(a\r)"},
        {"JSON in it", R"([1,)"},
    };
    constexpr std::pair<std::string_view, std::string_view> members[]{
        {"note", "note"},
        {"transcript", "transcript"},
        {"icd10_codes", "icd10_codes"},
        {"cpt_codes", "cpt_codes"},
        {"codes", "codes"},
        {"medications", "medications"},
        {"suicidal_ideation", "suicidal_ideation"},
        {"risk_assessment", "risk_assessment"},
        {"plan", "plan"},
        {"session_date", "session_date"},
        {"session_id", "session_id"},
    };
    static std::vector<std::string> names;  // the views of the shapes' names
    names.reserve(std::size(units) * std::size(members));
    for (const auto& [member, label] : members)
        for (const auto& [unit_name, unit] : units) {
            const auto begin = fmt::format(R"({{"{}":")", member);
            names.push_back(fmt::format("{}: {}", label, unit_name));
            all.push_back({names.back(), [begin, unit](std::size_t bytes) {
                               return begin + times(unit, bytes - begin.size() - 2) + "\"}";
                           }});
        }
}

void append_lists(std::vector<HostileShape>& all) {
    all.push_back(listed("list of turns", R"({"transcript":[)", R"({"speaker":"A","text":"b"})", "]}"));
    all.push_back(listed("list of short turns", R"({"transcript":[)", R"("a")", "]}"));
    all.push_back(listed("list of empty turns", R"({"transcript":[)", "{}", "]}"));
    all.push_back(listed("list of null turns", R"({"transcript":[)", "null", "]}"));
    all.push_back(listed("turns under numbers", R"({"transcript":{)", R"("#":{"text":"b"})", "}}"));
    all.push_back(listed("turns of many members", R"({"transcript":[{"text":"b"},{)", R"("k#":"b")", "}]}"));
    all.push_back(listed("list of codes", R"({"icd10_codes":[)", R"("F41.1")", "]}"));
    all.push_back(listed("list of code objects", R"({"icd10_codes":[)", R"({"code":"F41.1","description":"a"})", "]}"));
    all.push_back(listed("list of procedures", R"({"cpt_codes":[)", R"("99214")", "]}"));
    all.push_back(listed("list of numbers", R"({"cpt_codes":[)", "99214", "]}"));
    all.push_back(listed("list of digits", R"({"codes":[)", "1", "]}"));
    all.push_back(listed("list of nulls", R"({"icd10_codes":[)", "null", "]}"));
    all.push_back(listed("list of empty lists", R"({"icd10_codes":[)", "[]", "]}"));
    all.push_back(listed("list of empty texts", R"({"icd10_codes":[)", R"("")", "]}"));
    all.push_back(listed("map of codes", R"({"icd10_codes":{)", R"("F#":"a")", "}}"));
    all.push_back(listed("code of many members", R"({"icd10_codes":[{"code":"F41.1",)", R"("k#":1)", "}]}"));
    all.push_back(
        listed("code with many modifiers", R"({"cpt_codes":[{"code":"99214","modifiers":[)", R"("25")", "]}]}"));
    all.push_back(listed("list of medications", R"({"medications":[)", R"("a")", "]}"));
    all.push_back(listed("list of medication objects", R"({"medications":[)", R"({"name":"a"})", "]}"));
    all.push_back(listed("list of empty medications", R"({"medications":[)", "{}", "]}"));
    all.push_back(listed("list of null medications", R"({"medications":[)", "null", "]}"));
    all.push_back(listed("map of medications", R"({"medications":{)", R"("a#":"b")", "}}"));
    all.push_back(listed("medication of many members", R"({"medications":[{)", R"("a#":"b")", "}]}"));
    all.push_back(listed("list of sections", R"({"sections":[)", R"({"title":"Plan","content":"a"})", "]}"));
    all.push_back(listed("list of unknown sections", R"({"sections":[)", R"({"title":"Zz#","content":"a"})", "]}"));
    all.push_back(listed("list of lines", R"({"note":[)", R"("a")", "]}"));
    all.push_back(listed("list of numbers as lines", R"({"note":[)", "1", "]}"));
    all.push_back(listed("list in a part", R"({"plan":[)", R"("a")", "]}"));
    all.push_back(listed("objects in a part", R"({"plan":[)", R"({"a":"b"})", "]}"));
    all.push_back(listed("map in a part", R"({"plan":{)", R"("k#":"b")", "}}"));
    all.push_back(listed("empty lists in a part", R"({"plan":[)", "[]", "]}"));
    all.push_back(listed("members at the root", "{", R"("k#":1)", "}"));
    all.push_back(listed("texts at the root", "{", R"("k#":"a")", "}"));
    all.push_back(listed("members of soap", R"({"soap":{)", R"("k#":"a")", "}}"));
    all.push_back(listed("members of note", R"({"note":{)", R"("k#":"a")", "}}"));
    all.push_back(listed("members of data", R"({"data":{)", R"("k#":"a")", "}}"));
    all.push_back(listed("cells", R"({"data":[)", R"({"name":"a","value":1})", "]}"));
    all.push_back(listed("cells of fields", R"({"data":[)", R"({"name":"note","value":"a b"})", "]}"));
    all.push_back(listed("rows of cells", R"({"data":[)", "[[]]", "]}"));
    all.push_back(listed("risk answers", R"({"suicidal_ideation":[)", R"("no")", "]}"));
    all.push_back(listed("risk members", R"({"risk_assessment":{)", R"("k#":"no")", "}}"));
    all.push_back(listed("risk flags", R"({"risk_assessment":{"flags":[)", R"("si")", "]}}"));
    all.push_back(listed("billing members", R"({"billing_summary":{)", R"("k#":"no")", "}}"));
    all.push_back(listed("billing items", R"({"billing_summary":[)", "1", "]}"));
    all.push_back(listed("escaped JSON list", R"({"icd10_codes":"[)", "1", R"(]"})"));
    all.push_back(listed("escaped JSON objects", R"({"data":"{\"a\":[)", R"({\"a\":1})", R"(]}"})"));
    all.push_back(listed("escaped JSON turns", R"({"transcript":"[)", R"({\"text\":\"b\"})", R"(]"})"));
    all.push_back(listed("many JSON texts", R"({"data":[)", R"({"name":"note","value":"[1]"})", "]}"));
    all.push_back(repeated("escaped JSON text", R"({"data":"{\"note\":\")", R"(\\n)", R"(\"}"})"));
    all.push_back(repeated("nearly JSON", R"({"note":"[)", "[", R"(]"})"));
    all.push_back(nested("deep lists", "[", "]"));
    all.push_back(nested("deep objects", R"({"data":)", "}"));
    all.push_back(nested("deep sections", R"({"name":"zz","value":)", "}"));
}

std::vector<HostileShape> made() {
    std::vector<HostileShape> all;
    append_texts(all);
    append_lists(all);
    return all;
}

}  // namespace

const std::vector<HostileShape>& hostile_shapes() {
    static const auto all = made();
    return all;
}

}  // namespace dcs::test
