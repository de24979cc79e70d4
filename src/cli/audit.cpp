#include "audit/chain.hpp"

#include "app/part_settings.hpp"
#include "audit/seals.hpp"
#include "base/counted.hpp"
#include "base/document.hpp"
#include "cli/commands.hpp"
#include "cli/person.hpp"
#include "cli/start_settings.hpp"
#include "cli/with_database.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace dcs::cli {

namespace {

std::string json_of(const audit::Finding& finding) {
    return fmt::format(R"({{"problem":{},"log":{},"seq":{},"seal":{}}})", json_quoted(finding.problem),
                       json_quoted(finding.log), finding.seq, finding.seal);
}

/// Kind by kind: those that are named, and how many more there are.
void show_findings(const audit::Verification& verified) {
    for (const auto& [problem, count] : verified.counts) {
        std::int64_t shown = 0;
        for (const auto& finding : verified.findings) {
            if (finding.problem != problem) continue;
            ++shown;
            if (finding.seal == 0 && finding.seq == 0 && !finding.log.empty())
                fmt::print("{}: {}\n", problem, finding.log);
            else
                fmt::print("{}: {} {} (seal {})\n", problem, finding.log.empty() ? "chain" : finding.log, finding.seq,
                           finding.seal);
        }
        if (count > shown) fmt::print("and {} more of this kind: {}\n", count - shown, problem);
    }
    if (verified.counts.contains("chain not confirmed"))
        fmt::print(
            "the last seal was not made with this key: was the service run with another TOKEN_KEY, client secret or "
            "webhook secret? Name the old one in TOKEN_KEY_PREVIOUS; where it is lost, `drchrono-sync audit take-over`\n");
    if (verified.counts.contains("chain taken over"))
        fmt::print(
            "no key vouches for what is before a seal that took the chain over; who did it, and why, is in access_log "
            "(action audit.take_over)\n");
    if (!verified.anchor_found) fmt::print("an anchor is not in the chain: seals were removed or made anew\n");
    if (verified.counts.empty()) fmt::print("every row is as it was sealed\n");
}

void show(const audit::Verification& verified, bool json) {
    if (json) {
        std::string findings;
        for (const auto& finding : verified.findings) findings += (findings.empty() ? "" : ",") + json_of(finding);
        std::string counts;
        for (const auto& [problem, count] : verified.counts)
            counts += fmt::format("{}{}:{}", counts.empty() ? "" : ",", json_quoted(problem), count);
        fmt::print(
            R"({{"seals":{},"rows":{},"unsealed":{},"last_hash":{},"anchors":{},"anchor_found":{},"found":{},"counts":{{{}}},)"
            R"("finding":{},"findings":[{}]}})"
            "\n",
            verified.seals, verified.rows, verified.unsealed, json_quoted(verified.last_hash), verified.anchors,
            verified.anchor_found, verified.found(), counts,
            verified.findings.empty() ? "null" : json_of(verified.findings.front()), findings);
        return;
    }
    show_findings(verified);
    fmt::print("{} in {}, {} not sealed yet\n", counted(verified.rows, "row"), counted(verified.seals, "seal"),
               counted(verified.unsealed, "row"));
    if (verified.anchors > 0) fmt::print("{} compared\n", counted(verified.anchors, "anchor"));
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
    co_return verified->counts.empty() ? 0 : 3;
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
        anchors = audit::read_anchors(options.anchor).anchors;
    }
    if (options.anchors_file.empty()) return anchors;
    std::ifstream file{options.anchors_file, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    auto [kept, other_lines] = audit::read_anchors(text);
    if (kept.empty()) {
        fmt::print(stderr, "drchrono-sync: {}: no anchor in it, or it cannot be read\n", options.anchors_file);
        return std::nullopt;
    }
    if (other_lines > 0)
        fmt::print(stderr, "drchrono-sync: {}: no anchor in {}, which {} left out\n", options.anchors_file,
                   counted(other_lines, "line"), verb_for(other_lines, "is", "are"));
    anchors.insert(anchors.end(), std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()));
    return anchors;
}

Async<int> take_over(pg::Pool& pool, audit::SealKeys keys, std::string reason) {
    auto taking =
        audit::take_over(pool, std::move(keys),
                         {.actor = person(), .role = "cli", .action = "audit.take_over", .reason = std::move(reason)});
    const auto seal = co_await std::move(taking);
    if (!seal) {
        fmt::print(stderr, "drchrono-sync: {}\n", seal.error().detail);
        co_return seal.error().fault == Fault::conflict ? 2 : 1;
    }
    fmt::print("seal {} takes the chain over as it is; `audit verify` tells it from here on\n", *seal);
    co_return 0;
}

}  // namespace

int audit_take_over(bool dev, const std::string& reason) {
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    return with_database(*settings, [&](pg::Pool& pool) { return take_over(pool, app::seal_keys(*settings), reason); });
}

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
