#include "cli/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace dcs::cli {

namespace {

/// How many letters must be put in, left out, replaced or swapped with their neighbor.
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::vector<std::size_t>> cost(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
    for (std::size_t at = 0; at <= from.size(); ++at) cost[at][0] = at;
    std::iota(cost[0].begin(), cost[0].end(), std::size_t{0});
    for (std::size_t left = 1; left <= from.size(); ++left)
        for (std::size_t right = 1; right <= to.size(); ++right) {
            const std::size_t replaced = from[left - 1] == to[right - 1] ? 0 : 1;
            auto least =
                std::min({cost[left - 1][right] + 1, cost[left][right - 1] + 1, cost[left - 1][right - 1] + replaced});
            if (left > 1 && right > 1 && from[left - 1] == to[right - 2] && from[left - 2] == to[right - 1])
                least = std::min(least, cost[left - 2][right - 2] + 1);
            cost[left][right] = least;
        }
    return cost[from.size()][to.size()];
}

std::vector<std::string> commands_of(CLI::App& parser) {
    std::vector<std::string> names;
    for (const auto* command : parser.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& candidates) {
    std::string best;
    std::size_t least = 0;
    for (const auto& candidate : candidates) {
        const auto differs = distance(typed, candidate);
        const auto most = std::max(typed.size(), candidate.size()) / 3 + 1;
        if (differs <= most && differs < candidate.size() && (best.empty() || differs < least)) {
            best = candidate;
            least = differs;
        }
    }
    return best;
}

std::vector<const char*> with_help_turned(CLI::App& parser, int argc, const char* const* argv) {
    std::vector<const char*> words{argv, argv + argc};
    if (argc < 3 || std::string_view{argv[1]} != "help") return words;
    const auto commands = commands_of(parser);
    const auto topics = commands_of(*parser.get_subcommand("help"));
    const auto has = [](const auto& names, std::string_view word) {
        return std::ranges::find(names, word) != names.end();
    };
    if (has(topics, argv[2]) || !has(commands, argv[2])) return words;
    words.erase(words.begin() + 1);
    words.push_back("--help");
    return words;
}

std::optional<std::string> unknown_command(CLI::App& parser, int argc, const char* const* argv) {
    auto* at = &parser;
    std::string path;
    for (int place = 1; place < argc; ++place) {
        const std::string word = argv[place];
        const auto commands = commands_of(*at);
        if (commands.empty() || word.empty() || word.front() == '-') return std::nullopt;
        if (std::ranges::find(commands, word) != commands.end()) {
            at = at->get_subcommand(word);
            path += word + " ";
            continue;
        }
        const auto meant = nearest(word, commands);
        return fmt::format("Unknown command \"{}{}\". {}Commands: {}", path, word,
                           meant.empty() ? "" : fmt::format("Did you mean \"{}{}\"? ", path, meant),
                           fmt::join(commands, ", "));
    }
    return std::nullopt;
}

}  // namespace dcs::cli
