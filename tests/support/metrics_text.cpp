#include "support/metrics_text.hpp"

#include <algorithm>
#include <sstream>
#include <vector>

namespace dcs::test {

namespace {

/// name{b="2",a="1"} → name{a="1",b="2"}. No value of ours holds a comma.
std::string in_order(const std::string& series) {
    const auto brace = series.find('{');
    if (brace == std::string::npos) return series;
    std::istringstream inside{series.substr(brace + 1, series.size() - brace - 2)};
    std::vector<std::string> labels;
    for (std::string label; std::getline(inside, label, ',');) labels.push_back(label);
    std::ranges::sort(labels);
    std::string text = series.substr(0, brace);
    for (const auto& label : labels) text += (text.size() == brace ? "{" : ",") + label;
    return text + "}";
}

}  // namespace

std::map<std::string, double> series_of(std::string_view page) {
    std::map<std::string, double> series;
    std::istringstream lines{std::string{page}};
    for (std::string line; std::getline(lines, line);) {
        const auto blank = line.rfind(' ');
        if (line.starts_with('#') || blank == std::string::npos) continue;
        series[in_order(line.substr(0, blank))] = std::stod(line.substr(blank + 1));
    }
    return series;
}

std::optional<double> value_of(std::string_view page, const std::string& series) {
    const auto all = series_of(page);
    const auto found = all.find(in_order(series));
    return found == all.end() ? std::nullopt : std::optional{found->second};
}

std::set<std::string> names_of(std::string_view page) {
    std::set<std::string> names;
    for (const auto& [series, value] : series_of(page)) names.insert(series.substr(0, series.find('{')));
    return names;
}

}  // namespace dcs::test
