#include "deepcura/quote_marks.hpp"

#include "deepcura/bounds.hpp"
#include "deepcura/fields.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace dcs::deepcura {

namespace {

/// Whether what follows a mark is what something is more than: "50% of time", "half the days", "= 3".
bool is_compared(std::string_view text) {
    constexpr std::array<std::string_view, 14> words{"half ", "one ",     "two ",   "three ", "four ",
                                                     "five ", "six ",     "seven ", "eight ", "nine ",
                                                     "ten ",  "baseline", "than ",  "average"};
    text = trimmed(text);
    if (text.empty()) return false;
    const char first = text.front();
    if ((first >= '0' && first <= '9') || first == '=' || first == '$' || first == '~' || first == '.') return true;
    return std::ranges::any_of(words, [&](std::string_view word) { return text.starts_with(word); });
}

struct Line {
    std::string_view text{};
    std::string_view bare{};  // behind its marks
    int marks = 0;
    bool blank = false;     // but for marks
    bool compares = false;  // its last mark may be no quotation
    bool quoted = false;    // its marks are taken off
};

Line line_of(std::string_view text) {
    Line line{.text = text, .bare = text};
    auto rest = trimmed(text);
    constexpr std::string_view escaped = "&gt;";
    while (rest.starts_with('>') || rest.starts_with(escaped)) {
        ++line.marks;
        rest.remove_prefix(rest.starts_with('>') ? 1 : escaped.size());
        line.bare = rest.starts_with(' ') ? rest.substr(1) : rest;
        rest = trimmed(rest);
    }
    line.blank = rest.empty();
    line.compares = line.marks > 0 && is_compared(rest);
    return line;
}

/// Marks the lines from `first` to before `last` as a quotation where enough of them are quoted.
void judge(std::vector<Line>& lines, std::size_t first, std::size_t last) {
    std::size_t all = 0;
    std::size_t quoted = 0;
    std::size_t plain = 0;  // quoted for sure
    for (auto at = first; at < last; ++at) {
        if (lines[at].blank) continue;
        ++all;
        if (lines[at].marks > 0) ++quoted;
        if (lines[at].marks > 0 && !lines[at].compares) ++plain;
    }
    const bool most = quoted == all || (quoted > 1 && 2 * quoted > all);
    if (plain == 0 || 2 * plain < quoted || !most) return;
    for (auto at = first; at < last; ++at) lines[at].quoted = lines[at].marks > 0;
}

}  // namespace

std::optional<std::string> without_quote_marks(std::string_view text) {
    if (text.size() > most_note_text) return std::nullopt;
    if (text.find('>') == std::string_view::npos && text.find("&gt;") == std::string_view::npos) return std::nullopt;
    const auto start = text.find_first_not_of(" \t\n");
    const bool any = start != std::string_view::npos &&
                     (text[start] == '>' || text.substr(start).starts_with("&gt;") ||
                      text.find("\n>") != std::string_view::npos || text.find("\n &gt;") != std::string_view::npos ||
                      text.find("\n&gt;") != std::string_view::npos || text.find("\n >") != std::string_view::npos);
    if (!any) return std::nullopt;
    std::vector<Line> lines;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.push_back(line_of(text.substr(at, end - at)));
        at = end + 1;
    }
    judge(lines, 0, lines.size());
    const bool whole = std::ranges::any_of(lines, &Line::quoted);
    for (std::size_t at = 0; !whole && at < lines.size();) {
        auto end = at;
        std::size_t count = 0;
        for (; end < lines.size() && lines[end].marks > 0; ++end) count += lines[end].blank ? 0 : 1;
        if (count > 1) judge(lines, at, end);
        at = std::max(end, at + 1);
    }
    if (std::ranges::none_of(lines, &Line::quoted)) return std::nullopt;
    int least = 1'000'000;
    for (const auto& line : lines)
        if (line.quoted && !line.blank) least = std::min(least, line.marks);
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < lines.size(); ++at) {
        const auto& line = lines[at];
        if (at > 0) out += '\n';
        // "> > 50% of time" in a quotation says more than half of it.
        if (line.quoted && line.compares && line.marks > least) out += "> ";
        out += line.quoted ? line.bare : line.text;
    }
    return out;
}

}  // namespace dcs::deepcura
