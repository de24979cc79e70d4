#include "deepcura/note_parts.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/note_lines.hpp"
#include "deepcura/note_splitting.hpp"
#include "deepcura/plain_text.hpp"
#include "deepcura/quote_marks.hpp"
#include "deepcura/topics.hpp"

#include <algorithm>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr int most_rules = 100;  // taken off either end of a part

/// Without rules at either end.
std::string_view without_rules(std::string_view text) {
    for (int taken = 0; taken < most_rules; ++taken) {
        text = trimmed(text);
        const auto last = text.rfind('\n');
        const auto first = text.find('\n');
        if (last != std::string_view::npos && is_rule(text.substr(last + 1))) text.remove_suffix(text.size() - last);
        else if (first != std::string_view::npos && is_rule(text.substr(0, first))) text.remove_prefix(first);
        else return is_rule(text) ? std::string_view{} : text;
    }
    return text;
}

/// Without the marks that stand for bold text of HTML.
std::string without_bold_marks(std::string text) {
    if (text.find('\x01') != std::string::npos) std::erase(text, '\x01');
    return text;
}

}  // namespace

void NoteParts::begin(Part part, std::string_view title) {
    now_ = part;
    pieces_[static_cast<std::size_t>(part)].push_back({std::string{title}, {}, title.empty() && part != Part::none});
}

void NoteParts::begin_earlier(std::string_view title) {
    begin(Part::none, title);
    pieces_[static_cast<std::size_t>(Part::none)].back().earlier = true;
    note_doubt();
}

void NoteParts::take_back(Part before) {
    pieces_[static_cast<std::size_t>(now_)].pop_back();
    now_ = before;
}

void NoteParts::add_line(std::string_view line) {
    auto& pieces = pieces_[static_cast<std::size_t>(now_)];
    if (pieces.empty()) pieces.emplace_back();
    auto& text = pieces.back().text;
    if (text.empty() && trimmed(line).empty()) return;
    if (!text.empty()) text += '\n';
    text += line;
}

void NoteParts::add(Part part, std::string_view title, std::string_view text) {
    begin(part, title);
    add_line(trimmed(text));
}

void NoteParts::go_on(std::string_view text) {
    if (text.empty()) return;
    auto& pieces = pieces_[static_cast<std::size_t>(now_)];
    if (pieces.empty()) pieces.emplace_back();
    pieces.back().text += text;
}

void NoteParts::append(const NoteParts& other) {
    for (std::size_t at = 0; at < part_count; ++at)
        pieces_[at].insert(pieces_[at].end(), other.pieces_[at].begin(), other.pieces_[at].end());
    doubtful_ = doubtful_ || other.doubtful_;
}

bool NoteParts::any_heading() const {
    for (std::size_t at = 0; at < part_count; ++at)
        if (static_cast<Part>(at) != Part::none && !pieces_[at].empty()) return true;
    return false;
}

std::size_t NoteParts::untitled_bytes() const {
    std::size_t bytes = 0;
    for (const auto& each : pieces_[static_cast<std::size_t>(Part::none)])
        if (each.title.empty()) bytes += trimmed(each.text).size();
    return bytes;
}

std::string NoteParts::block_of(const Piece& piece, bool titled) {
    const auto given = without_rules(piece.text);
    const auto unquoted = without_quote_marks(given);
    const auto text = unquoted ? trimmed(*unquoted) : given;
    std::string block;
    if (text.empty()) return block;
    block.reserve(piece.title.size() + text.size() + 2);
    if (!piece.title.empty() && titled)
        block.append(piece.title).append(text.find('\n') == std::string_view::npos ? ": " : ":\n");
    return block += text;
}

std::vector<std::string> NoteParts::earlier_visits() const {
    std::vector<std::string> blocks;
    for (const auto& each : pieces_[static_cast<std::size_t>(Part::none)])
        if (each.earlier) blocks.push_back(without_bold_marks(block_of(each, true)));
    return blocks;
}

std::string NoteParts::text(Part part) const {
    const auto& pieces = pieces_[static_cast<std::size_t>(part)];
    const bool rest = part == Part::none || part == Part::mixed;
    constexpr std::size_t longest_nothing = 64;
    std::size_t filled = 0;
    std::size_t said = 0;  // more than "None"
    bool own_name = false;
    for (const auto& each : pieces) {
        const auto inner = without_rules(each.text);
        if (!inner.empty()) ++filled;
        if (!inner.empty() && (inner.size() > longest_nothing || !says_nothing(Document{std::string{inner}}))) ++said;
        own_name = own_name || each.own_name;
    }
    const bool with_titles = rest || own_name || filled > 1;
    if (!rest && said == 0) return {};
    std::string all;
    std::size_t bytes = 0;
    for (const auto& each : pieces) bytes += each.title.size() + each.text.size() + 3;
    all.reserve(bytes);
    for (const auto& each : pieces) {
        const bool titled = with_titles || !names_part_alone(each.title);
        const auto block = block_of(each, titled);
        if (block.empty()) continue;
        if (!all.empty()) all += '\n';
        all += block;
    }
    return without_bold_marks(std::move(all));
}

namespace {

/// A text of one line whose line ends were escaped twice: "Subjective: better\\nPlan: continue".
std::string with_escapes_read(std::string text) {
    const auto escaped = text.find("\\n");
    if (escaped == std::string::npos || text.find('\n') != std::string::npos) return text;
    if (!is_known(heading_at(trimmed(std::string_view{text}.substr(0, escaped))))) return text;
    std::string lines;
    lines.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto rest = std::string_view{text}.substr(at);
        if (rest.starts_with("\\r\\n")) lines += '\n', at += 3;
        else if (rest.starts_with("\\n")) lines += '\n', ++at;
        else if (rest.starts_with("\\t")) lines += '\t', ++at;
        else lines += rest.front();
    }
    return lines;
}

}  // namespace

NoteParts split_note(std::string_view given, std::size_t most) {
    given = trimmed(given);
    const auto head = beginning(given, most);
    const auto text = with_plain_line_ends(with_escapes_read(without_html(head)));
    const auto unquoted = without_quote_marks(text);
    const auto whole = trimmed(unquoted ? *unquoted : text);
    auto parts = split_lines(lines_of(whole));
    parts.go_on(given.substr(head.size()));
    return parts;
}

}  // namespace dcs::deepcura
