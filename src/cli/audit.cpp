#include "audit/chain.hpp"

#include "app/part_settings.hpp"
#include "base/counted.hpp"
#include "base/document.hpp"
#include "cli/commands.hpp"
#include "cli/start_settings.hpp"
#include "cli/with_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace dcs::cli {

namespace {

std::string json_of(const audit::Finding& finding) {
    return fmt::format(R"({{"problem":{},"log":{},"seq":{},"seal":{}}})", json_quoted(finding.problem),
                       json_quoted(finding.log), finding.seq, finding.seal);
}

void show(const audit::Verification& verified, bool json) {
    if (json) {
        std::string findings;
        for (const auto& finding : verified.findings) findings += (findings.empty() ? "" : ",") + json_of(finding);
        fmt::print(
            R"({{"seals":{},"rows":{},"unsealed":{},"without_key":{},"last_hash":{},"anchor_found":{},"finding":{},"findings":[{}]}})"
            "\n",
            verified.seals, verified.rows, verified.unsealed, verified.without_key, json_quoted(verified.last_hash),
            verified.anchor_found, verified.findings.empty() ? "null" : json_of(verified.findings.front()), findings);
        return;
    }
    for (const auto& finding : verified.findings)
        fmt::print("{}: {} {} (seal {})\n", finding.problem, finding.log.empty() ? "chain" : finding.log, finding.seq,
                   finding.seal);
    const bool unconfirmed = std::ranges::any_of(
        verified.findings, [](const auto& finding) { return finding.problem == "chain not confirmed"; });
    if (unconfirmed)
        fmt::print(
            "the last seal was not made with this key: was the service run with another TOKEN_KEY, client secret or "
            "webhook secret? Name the old one in TOKEN_KEY_PREVIOUS\n");
    if (!verified.anchor_found) fmt::print("an anchor is not in the chain: seals were removed or made anew\n");
    if (verified.findings.empty()) fmt::print("every row is as it was sealed\n");
    fmt::print("{} in {}, {} not sealed yet\n", counted(verified.rows, "row"), counted(verified.seals, "seal"),
               counted(verified.unsealed, "row"));
    if (verified.without_key > 0)
        fmt::print("{} {} made before seals had a key; the first seal with a key covers what it found then\n",
                   counted(verified.without_key, "seal"), verb_for(verified.without_key, "was", "were"));
    fmt::print("anchor {}\n", verified.last_hash.empty() ? "none" : verified.last_hash);
}

Async<int> verify(pg::Pool& pool, audit::SealKeys keys, std::vector<audit::Anchor> anchors, bool json) {
    auto verifying = audit::verify(pool, std::move(keys), std::move(anchors));
    const auto verified = co_await std::move(verifying);
    if (!verified) {
        fmt::print(stderr, "drchrono-sync: {}\n", verified.error().detail);
        co_return 1;
    }
    show(*verified, json);
    co_return verified->findings.empty() ? 0 : 3;
}

/// nullopt: standard error says what is wrong with them.
std::optional<std::vector<audit::Anchor>> anchors_of(const AuditVerifyOptions& options) {
    std::vector<audit::Anchor> anchors;
    if (!options.anchor.empty()) {
        if (!audit::is_hash(options.anchor)) {
            fmt::print(stderr,
                       "drchrono-sync: \"{}\" is not a hash that audit verify printed (64 hexadecimal digits)\n",
                       options.anchor);
            return std::nullopt;
        }
        anchors.push_back({0, options.anchor});
    }
    if (options.anchors_file.empty()) return anchors;
    std::ifstream file{options.anchors_file, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    auto kept = audit::read_anchors(text);
    if (kept.empty()) {
        fmt::print(stderr, "drchrono-sync: {}: no anchor in it, or it cannot be read\n", options.anchors_file);
        return std::nullopt;
    }
    anchors.insert(anchors.end(), std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()));
    return anchors;
}

}  // namespace

int audit_verify(bool dev, const AuditVerifyOptions& options) {
    auto anchors = anchors_of(options);
    if (!anchors) return 2;
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    return with_database(*settings, [&](pg::Pool& pool) {
        return verify(pool, app::seal_keys(*settings), std::move(*anchors), options.json);
    });
}

}  // namespace dcs::cli
