#include "audit/seals.hpp"

#include "base/document.hpp"
#include "cli/commands.hpp"
#include "cli/start_settings.hpp"
#include "cli/with_database.hpp"

#include <fmt/format.h>

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
            R"({{"seals":{},"rows":{},"unsealed":{},"last_hash":{},"anchor_found":{},"finding":{},"findings":[{}]}})"
            "\n",
            verified.seals, verified.rows, verified.unsealed, json_quoted(verified.last_hash), verified.anchor_found,
            verified.findings.empty() ? "null" : json_of(verified.findings.front()), findings);
        return;
    }
    for (const auto& finding : verified.findings)
        fmt::print("{}: {} {} (seal {})\n", finding.problem, finding.log.empty() ? "chain" : finding.log, finding.seq,
                   finding.seal);
    if (!verified.anchor_found) fmt::print("the anchor is not in the chain: seals were removed or made anew\n");
    if (verified.findings.empty() && verified.anchor_found) fmt::print("every row is as it was sealed\n");
    fmt::print("{} rows in {} seals, {} rows not sealed yet\nanchor {}\n", verified.rows, verified.seals,
               verified.unsealed, verified.last_hash.empty() ? "none" : verified.last_hash);
}

bool is_hash(std::string_view text) {
    constexpr std::size_t digits = 64;
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Async<int> verify(pg::Pool& pool, std::string anchor, bool json) {
    const auto verified = co_await audit::verify(pool, std::move(anchor));
    if (!verified) {
        fmt::print(stderr, "drchrono-sync: {}\n", verified.error().detail);
        co_return 1;
    }
    show(*verified, json);
    co_return !verified->findings.empty() || !verified->anchor_found ? 3 : 0;
}

}  // namespace

int audit_verify(bool dev, const std::string& anchor, bool json) {
    if (!anchor.empty() && !is_hash(anchor)) {
        fmt::print(stderr, "drchrono-sync: \"{}\" is not a hash that audit verify printed (64 hexadecimal digits)\n",
                   anchor);
        return 2;
    }
    const auto settings = start_settings(dev);
    if (!settings) return 2;
    return with_database(*settings, [&](pg::Pool& pool) { return verify(pool, anchor, json); });
}

}  // namespace dcs::cli
