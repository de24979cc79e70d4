#pragma once
// Section: one kind of evidence: what was looked at, and what was found, as points and as a table.
//
// Promise    a section that could not be filled says so and why; nothing takes its place.
// Content    names of settings, users and tables, counts and times: no value of a record, no secret.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dcs::evidence {

struct Section {
    std::string key{};  // "settings"
    std::string title{};
    std::string source{};   // where the evidence was read
    std::string missing{};  // why there is none; empty: there is
    std::vector<std::pair<std::string, std::string>> points{};
    std::vector<std::string> columns{};
    std::vector<std::vector<std::string>> rows{};

    /// Empty: there is no such point.
    std::string_view point(std::string_view name) const noexcept {
        for (const auto& [key_of_point, value] : points)
            if (key_of_point == name) return value;
        return {};
    }
    bool shown() const noexcept { return missing.empty(); }
};

using Sections = std::vector<Section>;

/// pre: there is one.
const Section& section(const Sections& sections, std::string_view key);

}  // namespace dcs::evidence
