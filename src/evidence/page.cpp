#include "evidence/page.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace dcs::evidence {

namespace json = boost::json;

namespace {

constexpr std::string_view style = R"(
:root{--ink:#1a2330;--soft:#5b6675;--line:#d5dae1;--back:#f6f7f9;--good:#0b6b3a;--part:#8a5a00;--bad:#a31621}
*{box-sizing:border-box}
body{margin:0 auto;padding:2.5rem 2rem 4rem;max-width:76rem;color:var(--ink);background:#fff;font:15px/1.5 system-ui,"Segoe UI",sans-serif}
h1{font-size:1.7rem;margin:0 0 .3rem}h2{font-size:1.25rem;margin:2.6rem 0 .6rem}h3{font-size:1.02rem;margin:2rem 0 .2rem}
p{margin:.3rem 0}.soft{color:var(--soft)}
.counts{display:flex;gap:.8rem;margin:1.2rem 0;flex-wrap:wrap}
.counts div{border:1px solid var(--line);border-radius:8px;padding:.6rem 1rem;min-width:9rem}.counts b{display:block;font-size:1.5rem;line-height:1.2}
table{border-collapse:collapse;width:100%;font-size:13px;margin:.6rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
thead th{background:var(--back);font-weight:600;overflow-wrap:normal}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem;margin:.6rem 0;font-size:13px}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
.verdict{display:inline-block;border-radius:99px;padding:.05rem .6rem;font-size:12px;font-weight:600;border:1px solid;white-space:nowrap}
.shown{color:var(--good)}.partly{color:var(--part)}.not-shown{color:var(--bad)}
ul{margin:.2rem 0;padding-left:1.1rem}.missing{border-left:4px solid var(--bad);background:var(--back);padding:.5rem .8rem;margin:.6rem 0}
a{color:inherit}nav{display:flex;flex-wrap:wrap;gap:.2rem .9rem}td:first-child{min-width:7rem}
@media print{body{padding:0;max-width:none;font-size:11px}table,dl{font-size:10px}h2{break-after:avoid}h3{break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}nav{display:none}}
)";

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char character : text) switch (character) {
        case '&': safe += "&amp;"; break;
        case '<': safe += "&lt;"; break;
        case '>': safe += "&gt;"; break;
        case '"': safe += "&quot;"; break;
        default: safe += character;
        }
    return safe;
}

std::string_view class_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::shown: return "shown";
    case Verdict::partly: return "partly";
    case Verdict::not_shown: return "not-shown";
    }
    return "not-shown";
}

std::string list_of(std::string_view heading, const std::vector<std::string>& sentences) {
    if (sentences.empty()) return {};
    std::string html = fmt::format("<p class=\"soft\">{}</p><ul>", heading);
    for (const auto& sentence : sentences) html += fmt::format("<li>{}</li>", escaped(sentence));
    return html + "</ul>";
}

std::string row_of(const Answer& answer) {
    const auto& duty = *answer.duty;
    std::string evidence;
    for (const auto key : duty.evidence) evidence += fmt::format("<a href=\"#{0}\">{0}</a> ", key);
    return fmt::format("<tr><td>{}</td><td><b>{}</b> <span class=\"soft\">({})</span><br>{}</td>"
                       "<td><span class=\"verdict {}\">{}</span></td><td>{}{}</td><td>{}</td></tr>\n",
                       duty.id, escaped(duty.title), duty.kind, escaped(duty.asks), class_of(answer.finding.verdict),
                       text_of(answer.finding.verdict), list_of("Shown:", answer.finding.shown),
                       list_of("Not shown:", answer.finding.not_shown), evidence);
}

std::string duties_of(const Report& report, std::string_view rule, std::string_view heading) {
    std::string html =
        fmt::format("<h2>{}</h2>\n<table><thead><tr><th>Line</th><th>What it asks, in short</th><th>Evidence</th>"
                    "<th>What was found</th><th>See</th></tr></thead><tbody>\n",
                    heading);
    for (const auto& answer : report.answers)
        if (answer.duty->rule == rule) html += row_of(answer);
    return html + "</tbody></table>\n";
}

std::string table_of(const Section& section) {
    if (section.rows.empty()) return {};
    std::string html = "<table><thead><tr>";
    for (const auto& column : section.columns) html += fmt::format("<th>{}</th>", escaped(column));
    html += "</tr></thead><tbody>\n";
    for (const auto& row : section.rows) {
        html += "<tr>";
        for (const auto& cell : row) html += fmt::format("<td>{}</td>", escaped(cell));
        html += "</tr>\n";
    }
    return html + "</tbody></table>\n";
}

std::string section_of(const Section& section) {
    std::string html = fmt::format("<h3 id=\"{}\">{}</h3><p class=\"soft\">Read from: {}.</p>\n", section.key,
                                   escaped(section.title), escaped(section.source));
    if (!section.shown())
        html += fmt::format("<p class=\"missing\"><b>Not shown:</b> {}.</p>\n", escaped(section.missing));
    if (!section.points.empty()) {
        html += "<dl>";
        for (const auto& [name, value] : section.points)
            html += fmt::format("<dt>{}</dt><dd>{}</dd>", escaped(name), value.empty() ? "none" : escaped(value));
        html += "</dl>\n";
    }
    return html + table_of(section);
}

int count_of(const Report& report, Verdict verdict) {
    int count = 0;
    for (const auto& answer : report.answers)
        if (answer.finding.verdict == verdict) ++count;
    return count;
}

json::array strings_of(const std::vector<std::string>& texts) {
    json::array strings;
    for (const auto& text : texts) strings.emplace_back(text);
    return strings;
}

json::object json_of(const Section& section) {
    json::object points;
    for (const auto& [name, value] : section.points) points[name] = value;
    json::array rows;
    for (const auto& row : section.rows) {
        json::object members;
        for (std::size_t at = 0; at < row.size() && at < section.columns.size(); ++at)
            members[section.columns[at]] = row[at];
        rows.push_back(std::move(members));
    }
    return {{"key", section.key},
            {"title", section.title},
            {"read_from", section.source},
            {"shown", section.shown()},
            {"not_shown_because", section.missing.empty() ? json::value(nullptr) : json::value(section.missing)},
            {"points", std::move(points)},
            {"rows", std::move(rows)}};
}

json::object json_of(const Answer& answer) {
    json::array evidence;
    for (const auto key : answer.duty->evidence) evidence.emplace_back(key);
    return {{"id", answer.duty->id},
            {"rule", answer.duty->rule},
            {"title", answer.duty->title},
            {"kind", answer.duty->kind},
            {"asks", answer.duty->asks},
            {"verdict", text_of(answer.finding.verdict)},
            {"shown", strings_of(answer.finding.shown)},
            {"not_shown", strings_of(answer.finding.not_shown)},
            {"evidence", std::move(evidence)}};
}

}  // namespace

std::string page_of(const Report& report) {
    std::string html = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        "<meta name=\"viewport\" content=\"width=device-width\"><title>Evidence of drchrono-sync, {0}</title><style>{1}</style></head><body>\n"
        "<h1>Evidence of drchrono-sync {2}</h1>\n<p>As of <b>{0}</b>, from the running state. No patient is named or numbered here, and no "
        "secret.</p>\n<p class=\"soft\">A line is <i>shown</i> by what was found, never by a promise. What this program cannot see is <i>not "
        "shown</i>, and why. It is evidence for a review, and no legal advice or certificate.</p>\n",
        report.at, style, escaped(report.version));
    html += "<div class=\"counts\">";
    for (const auto verdict : {Verdict::shown, Verdict::partly, Verdict::not_shown})
        html += fmt::format("<div class=\"{}\"><b>{}</b>{}</div>", class_of(verdict), count_of(report, verdict),
                            text_of(verdict));
    html += "</div>\n<nav>";
    for (const auto& section : report.sections)
        html += fmt::format("<a href=\"#{}\">{}</a>", section.key, escaped(section.title));
    html += "</nav>\n";
    html += duties_of(report, "HIPAA", "HIPAA Security Rule, 45 CFR 164.308(a)(1)(ii)(D) and 164.312");
    html += duties_of(report, "42 CFR Part 2", "42 CFR Part 2, duties for records that are held");
    html += "<h2>The evidence</h2>\n";
    for (const auto& section : report.sections) html += section_of(section);
    return html + "</body></html>\n";
}

std::string json_of(const Report& report) {
    json::array answers;
    for (const auto& answer : report.answers) answers.push_back(json_of(answer));
    json::array sections;
    for (const auto& section : report.sections) sections.push_back(json_of(section));
    const json::object whole{{"format", "drchrono-sync evidence 1"},
                             {"at", report.at},
                             {"version", report.version},
                             {"duties", std::move(answers)},
                             {"evidence", std::move(sections)}};
    return json::serialize(whole) + "\n";
}

}  // namespace dcs::evidence
