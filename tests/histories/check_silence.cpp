#include "checker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dcs::histories {

namespace {

/// Names of drugs and sentences that the simulated scribe writes, and what nobody may see of secrets.
constexpr std::array<std::string_view, 13> words{World::mark_prefix,
                                                 "Testaprin",
                                                 "Demofen",
                                                 "Samplol",
                                                 "Mockazole",
                                                 "Trialformin",
                                                 "Pilotine",
                                                 "sleep diary",
                                                 World::webhook_secret,
                                                 World::gridhook_secret,
                                                 "simulated-access",
                                                 "simulated-refresh",
                                                 "simulated-secret"};

void look(std::string_view where, std::string_view text, Violations& found) {
    for (const auto word : words) {
        const auto at = text.find(word);
        if (at == std::string_view::npos) continue;
        const auto begin = at > 200 ? at - 200 : 0;
        found.push_back({fmt::format("silence:{}", where),
                         fmt::format("{} holds '{}': …{}…", where, word, text.substr(begin, 400))});
    }
}

}  // namespace

void check_log(const std::string& log, Violations& found) { look("log", log, found); }

void check_silence(World& world, Violations& found) {
    for (const auto& event : world.topic.received()) {
        look("event", event.body, found);
        for (const auto& [name, value] : event.attributes) look("event", value, found);
    }
    for (const auto& asked : world.front.asked()) look("url", asked.target, found);
    for (const auto& told : world.told)
        if (told.status >= 300 || told.path.starts_with("/sync")) look("answer", told.body, found);
    for (int nth = 0; nth < world.fleet->size(); ++nth) {
        if (!world.fleet->awake(nth)) continue;
        look("metrics", world.fetch(nth, "/metrics").body, found);
        look("ready", world.fetch(nth, "/ready").body, found);
    }
}

void check_budget(const World& world, std::size_t begin, Violations& found) {
    if (world.plan.per_10min <= 0) return;
    const auto& asked = world.front.asked();
    const auto count = std::count_if(asked.begin() + static_cast<std::ptrdiff_t>(std::min(begin, asked.size())),
                                     asked.end(), [](const Asked& one) { return one.target.starts_with("/api/"); });
    if (count > world.plan.per_10min)
        found.push_back({"budget:ten_minutes",
                         fmt::format("{} requests within ten minutes, {} are allowed", count, world.plan.per_10min)});
}

}  // namespace dcs::histories
