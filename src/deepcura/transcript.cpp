#include "deepcura/transcript.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr int deepest_turns = 3;
constexpr std::size_t longest_name = 64;

// The best name first.
constexpr std::string_view word_names =
    " text content utterance message transcript words said value body sentence line speech dialogue statement ";
constexpr std::string_view speaker_names =
    " speaker speakername speakerlabel speakertype speakerrole speakerid role participantrole participant "
    "participantdetails participantname author name from who sender label person ";
constexpr std::string_view time_names =
    " timestamp time starttime start startsec startseconds startms startmillis startoffsetms startoffset "
    "startoffsetmillis begintime begin begintimestamp beginoffsetmillis offset offsetms offsetseconds timecode at ";
constexpr std::string_view turn_lists =
    " turns segments utterances messages transcriptsegments transcript entries items lines conversation dialogue "
    "results sentences paragraphs exchanges monologues ";

std::size_t place_in(std::string_view names, std::string_view name) {
    if (name.empty() || name.size() > longest_name) return std::string_view::npos;
    return names.find(" " + std::string{name} + " ");
}

std::string plain_value(const Document& value) {
    const auto text = value.number() ? value.number() : value.string();
    return text ? std::string{trimmed(*text)} : std::string{};
}

/// The text of the best member of these names that has one; also of the first such member inside an object.
std::pair<std::string, std::string> member_text(const Document& object, std::string_view names, int depth = 0) {
    auto best = std::string_view::npos;
    std::pair<std::string, std::string> found;  // name, text
    for (const auto& [given, value] : object.members()) {
        if (given.size() > longest_name) continue;
        const auto name = normalised(given);
        const auto place = place_in(names, name);
        if (place >= best) continue;
        auto text = plain_value(value);
        if (text.empty() && value.is_object() && depth == 0) text = member_text(value, names, 1).second;
        if (text.empty()) continue;
        best = place;
        found = {name, std::move(text)};
    }
    return found;
}

/// "[0:01:05] "; empty: no time, or one of unknown unit.
std::string time_prefix(const Document& turn) {
    const auto [name, text] = member_text(turn, time_names);
    if (text.empty() || text.size() > 40) return {};
    double number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || end != text.data() + text.size()) return "[" + text + "] ";
    const bool in_milliseconds = name.find("ms") != std::string::npos || name.find("millis") != std::string::npos;
    const bool in_seconds = name.find("sec") != std::string::npos || text.find('.') != std::string::npos;
    if (!in_milliseconds && !in_seconds) return {};
    const auto seconds = static_cast<std::int64_t>(in_milliseconds ? number / 1000 : number);
    if (!(number >= 0) || seconds > 7 * 24 * 3600) return {};
    return fmt::format("[{}:{:02}:{:02}] ", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

void append_line(std::string& lines, std::string_view line) {
    if (!lines.empty()) lines += '\n';
    lines += line;
}

/// One turn's line; empty: it has no words.
std::string line_of(const Document& turn) {
    if (turn.string()) return std::string{trimmed(*turn.string())};
    if (turn.items().size() == 2 && turn.items()[0].string() && turn.items()[1].string())
        return plain_value(turn.items()[0]) + ": " + plain_value(turn.items()[1]);  // ["Doctor", "Hello."]
    auto text = member_text(turn, word_names).second;
    const bool one = turn.members().size() == 1;
    if (text.empty() && one && turn.members()[0].second.string())  // {"Doctor": "Hello."}
        return std::string{trimmed(turn.members()[0].first)} + ": " + plain_value(turn.members()[0].second);
    if (text.empty()) return {};
    const auto speaker = member_text(turn, speaker_names).second;
    return time_prefix(turn) + (speaker.empty() ? text : speaker + ": " + text);
}

/// False: something in it is no turn.
bool read_turn(const Document& turn, std::string& lines) {
    if (turn.is_null()) return true;
    const auto line = line_of(turn);
    if (!line.empty()) append_line(lines, line);
    return !line.empty() || turn.string().has_value();
}

bool is_numbered(std::string_view name) {
    const auto digits = name.find_first_of("0123456789");
    return digits != std::string_view::npos && digits <= 12 && name.size() - digits <= 9 &&
           name.find_first_not_of("0123456789", digits) == std::string_view::npos;
}

/// {"0": {...}, "1": {...}}, {"turn_1": ...}: in the order of their numbers.
bool read_numbered(const Document& turns, std::string& lines) {
    std::vector<std::pair<int, const Document*>> ordered;
    for (const auto& [name, turn] : turns.members()) {
        int number = 0;
        const auto digits = name.find_first_of("0123456789");
        std::from_chars(name.data() + digits, name.data() + name.size(), number);
        ordered.emplace_back(number, &turn);
    }
    std::ranges::stable_sort(ordered, {}, [](const auto& each) { return each.first; });
    bool whole = true;
    for (const auto& [number, turn] : ordered) whole = read_turn(*turn, lines) && whole;
    return whole;
}

/// False: it cannot be read, or not all of it.
bool read_conversation(const Document& value, std::string& lines, int depth = 0) {
    if (value.string()) {
        lines = std::string{trimmed(*value.string())};
        return true;
    }
    if (value.is_array()) {
        bool whole = true;
        for (const auto& turn : value.items()) whole = read_turn(turn, lines) && whole;
        return whole;
    }
    if (!value.is_object() || depth > deepest_turns) return false;
    const auto& members = value.members();
    const bool numbered =
        !members.empty() && std::ranges::all_of(members, [](const auto& each) { return is_numbered(each.first); });
    if (numbered) return read_numbered(value, lines);
    for (const auto& [given, member] : members) {
        if (given.size() > longest_name || member.string()) continue;
        if (place_in(turn_lists, normalised(given)) == std::string_view::npos) continue;
        const bool whole = read_conversation(member, lines, depth + 1);
        if (!lines.empty()) return whole;
    }
    if (!member_text(value, word_names).second.empty()) lines = line_of(value);  // a single turn
    return !lines.empty();
}

}  // namespace

void read_transcript(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::transcript)) {
        if (says_nothing(*found.given)) continue;
        std::string lines;
        const bool whole = read_conversation(*found.opened, lines);
        if (lines.empty() && found.given->string()) {
            note.transcript = std::string{trimmed(*found.given->string())};
            return;
        }
        if (!whole) flag(note, "transcript_unreadable");
        if (lines.empty()) continue;
        note.transcript = std::move(lines);
        return;
    }
}

}  // namespace dcs::deepcura
