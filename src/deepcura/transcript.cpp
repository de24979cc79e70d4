#include "deepcura/transcript.hpp"

#include "deepcura/turn_times.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <ranges>
#include <unordered_map>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr int deepest_turns = 5;
constexpr std::size_t longest_name = 64;

// The best name first.
constexpr std::string_view word_names =
    " text content utterance message transcript words said value body sentence line speech dialogue statement ";
constexpr std::string_view speaker_names =
    " speaker speakername speakerlabel speakertype speakerrole speakerid role participantrole participant "
    "participantdetails participantname author name from who sender label person ";
constexpr std::string_view time_names =
    " timestamp time starttime start startsec startseconds startms startmillis startmilliseconds startoffsetms startoffset "
    "startoffsetmillis startoffsetseconds starttimems starttimesec starttimeseconds starttimestamp startedat startat "
    "startoffsetmilliseconds startinseconds timestampms timestampseconds timestampstart timems timesec timeseconds tstart tstartms "
    "begintime begin begins beginms beginseconds begintimestamp beginoffsetmillis beginaudiotime audiostart audiooffset offset "
    "offsetms offsetmillis offsetmilliseconds offsetsec offsetseconds timecode spokenat ts at ";
constexpr std::string_view turn_lists =
    " turns segments utterances messages transcriptsegments transcripts transcript entries items lines conversation dialogue "
    "results sentences paragraphs exchanges monologues channels alternatives ";

/// What a member of a turn tells, in the order of a turn's line.
enum class Role { time, speaker, words, list, count };

struct Meaning {
    Role role;
    int rank;  // the lower, the better the name
};
using Meanings = std::unordered_multimap<std::string_view, Meaning>;

const Meanings& meanings() {
    static const Meanings all = [] {
        Meanings made;
        const auto add = [&](std::string_view names, Role role) {
            int rank = 0;
            while (!names.empty()) {
                names.remove_prefix(std::min(names.size(), names.find_first_not_of(' ')));
                const auto name = names.substr(0, names.find(' '));
                names.remove_prefix(name.size());
                if (!name.empty()) made.emplace(name, Meaning{role, rank++});
            }
        };
        add(time_names, Role::time);
        add(speaker_names, Role::speaker);
        add(word_names, Role::words);
        add(turn_lists, Role::list);
        return made;
    }();
    return all;
}

std::string plain_value(const Document& value) {
    const auto text = value.number() ? value.number() : value.string();
    return text ? std::string{trimmed(*text)} : std::string{};
}

/// The best member of each role that has a text, by its name and its text.
struct Told {
    int rank = std::numeric_limits<int>::max();
    std::string name{};
    std::string text{};
};
using Turn = std::array<Told, static_cast<std::size_t>(Role::count)>;

std::string inner_text(const Document& object, Role role);

Turn turn_of(const Document& object, bool outer = true) {
    Turn turn;
    for (const auto& [given, value] : object.members() | std::views::take(most_element_members)) {
        if (given.size() > longest_name) continue;
        const auto name = normalised(given);
        const auto [first, last] = meanings().equal_range(name);
        for (auto each = first; each != last; ++each) {
            auto& told = turn[static_cast<std::size_t>(each->second.role)];
            if (each->second.rank >= told.rank || each->second.role == Role::list) continue;
            const bool time = each->second.role == Role::time;
            auto text = time ? time_text(value) : plain_value(value);
            if (text.empty() && value.is_object() && outer) text = inner_text(value, each->second.role);
            if (!text.empty()) told = {each->second.rank, name, std::move(text)};
        }
    }
    return turn;
}

/// {"participant": {"role": "CLINICIAN"}}.
std::string inner_text(const Document& object, Role role) {
    return turn_of(object, false)[static_cast<std::size_t>(role)].text;
}

Told& told(Turn& turn, Role role) { return turn[static_cast<std::size_t>(role)]; }

/// Whether a member of that name tells who speaks, when, or what.
bool is_member_of_a_turn(std::string_view given) {
    return given.size() <= longest_name && meanings().contains(normalised(given));
}

/// A turn in which nobody says anything: all that it has is who and when.
bool is_silent_turn(const Document& turn) {
    const auto& members = turn.members();
    if (members.size() > most_element_members) return false;
    return std::ranges::any_of(members, [](const auto& each) { return is_member_of_a_turn(each.first); }) &&
           std::ranges::all_of(members, [](const auto& each) {
               const bool measured = each.second.number() || each.second.boolean();
               return measured || says_nothing(each.second) ||
                      (!each.second.is_object() && !each.second.is_array() && is_member_of_a_turn(each.first));
           });
}

/// What one turn says, without its time; empty: it has no words.
struct Spoken {
    std::string text{};
    TurnTime time{};
};
Spoken spoken_in(const Document& turn) {
    if (turn.string()) return {std::string{trimmed(*turn.string())}};
    if (turn.items().size() == 2 && turn.items()[0].string() && turn.items()[1].string())
        return {plain_value(turn.items()[0]) + ": " + plain_value(turn.items()[1])};  // ["Doctor", "Hello."]
    auto members = turn_of(turn);
    auto& text = told(members, Role::words).text;
    const bool one = turn.members().size() == 1;
    const bool of_a_turn = one && is_member_of_a_turn(turn.members()[0].first);  // {"speaker": "Pt"}
    if (text.empty() && one && !of_a_turn && turn.members()[0].second.string())  // {"Doctor": "Hello."}
        return {std::string{trimmed(turn.members()[0].first)} + ": " + plain_value(turn.members()[0].second)};
    if (text.empty()) return {};
    const auto& speaker = told(members, Role::speaker).text;
    auto& time = told(members, Role::time);
    const auto words = static_cast<std::size_t>(std::ranges::count(text, ' ')) + 1;
    return {speaker.empty() ? text : speaker + ": " + text, {std::move(time.name), std::move(time.text), words}};
}

/// The turns of a conversation, and what became of it.
struct Lines {
    std::vector<std::string> spoken{};
    std::vector<TurnTime> times{};
    bool cut = false;  // there are more turns

    void add(Spoken turn) {
        spoken.push_back(std::move(turn.text));
        times.push_back(std::move(turn.time));
    }
    /// `unreadable`: a time is none.
    std::string text(bool& unreadable) const {
        const auto prefixes = time_prefixes(times, unreadable);
        std::size_t bytes = 0;
        for (std::size_t at = 0; at < spoken.size(); ++at) bytes += prefixes[at].size() + spoken[at].size() + 1;
        std::string all;
        all.reserve(bytes);
        for (std::size_t at = 0; at < spoken.size(); ++at) {
            if (at > 0) all += '\n';
            all.append(prefixes[at]).append(spoken[at]);
        }
        return all;
    }
};

bool read_conversation(const Document& value, Lines& lines, int depth);

/// False: it is no turn. An element may hold turns of its own: a channel, a paragraph.
bool read_turn(const Document& turn, Lines& lines, int depth) {
    if (turn.is_null()) return true;
    auto said = spoken_in(turn);
    const bool silent = said.text.empty();
    if (!silent) lines.add(std::move(said));
    else if (is_silent_turn(turn)) return true;
    if (silent && turn.is_object() && !turn.members().empty()) return read_conversation(turn, lines, depth + 1);
    return !silent || turn.string().has_value();
}

bool is_numbered(std::string_view name) {
    const auto digits = name.find_first_of("0123456789");
    return digits != std::string_view::npos && digits <= 12 && name.size() - digits <= 9 &&
           name.find_first_not_of("0123456789", digits) == std::string_view::npos;
}

/// {"0": {...}, "1": {...}}, {"turn_1": ...}: in the order of their numbers.
bool read_numbered(const Document& turns, Lines& lines, int depth) {
    std::vector<std::pair<int, const Document*>> ordered;
    lines.cut = lines.cut || turns.members().size() > most_turns;
    for (const auto& [name, turn] : turns.members() | std::views::take(most_turns)) {
        int number = 0;
        const auto digits = name.find_first_of("0123456789");
        std::from_chars(name.data() + digits, name.data() + name.size(), number);
        ordered.emplace_back(number, &turn);
    }
    std::ranges::stable_sort(ordered, {}, [](const auto& each) { return each.first; });
    bool whole = true;
    for (const auto& [number, turn] : ordered) whole = read_turn(*turn, lines, depth) && whole;
    return whole;
}

bool is_turn_list(std::string_view name) {
    const auto [first, last] = meanings().equal_range(name);
    return std::any_of(first, last, [](const auto& each) { return each.second.role == Role::list; });
}

/// False: it cannot be read, or not all of it.
bool read_conversation(const Document& value, Lines& lines, int depth) {
    if (value.string()) {
        if (const auto text = trimmed(*value.string()); !text.empty()) lines.add({std::string{text}});
        return true;
    }
    if (value.is_array()) {
        bool whole = true;
        lines.cut = lines.cut || value.items().size() > most_turns;
        for (const auto& turn : value.items() | std::views::take(most_turns))
            whole = read_turn(turn, lines, depth) && whole;
        return whole;
    }
    if (!value.is_object() || depth > deepest_turns) return false;
    const auto& members = value.members();
    const bool numbered =
        !members.empty() && std::ranges::all_of(members | std::views::take(most_turns),
                                                [](const auto& each) { return is_numbered(each.first); });
    const auto before = lines.spoken.size();
    if (numbered) return read_numbered(value, lines, depth);
    for (const auto& [given, member] : members | std::views::take(most_element_members)) {
        if (given.size() > longest_name || member.string() || !is_turn_list(normalised(given))) continue;
        // Of alternatives the first is the best.
        const bool first_alone = normalised(given) == "alternatives" && !member.items().empty();
        const bool whole = first_alone ? read_turn(member.items().front(), lines, depth + 1)
                                       : read_conversation(member, lines, depth + 1);
        if (lines.spoken.size() > before) return whole;
    }
    auto single = turn_of(value);
    if (!told(single, Role::words).text.empty()) lines.add(spoken_in(value));
    return lines.spoken.size() > before;
}

}  // namespace

void read_transcript(const Fields& fields, Note& note) {
    for (const auto& found : fields.of(Field::transcript)) {
        if (says_nothing(*found.given)) continue;
        Lines lines;
        const bool whole = read_conversation(*found.opened, lines, 0);
        if (lines.cut) flag(note, "payload_cut");
        if (lines.spoken.empty() && found.given->string()) {
            note.transcript = std::string{trimmed(*found.given->string())};
            return;
        }
        bool unreadable = !whole;
        auto text = lines.text(unreadable);
        if (unreadable) flag(note, "transcript_unreadable");
        if (text.empty()) continue;
        note.transcript = std::move(text);
        return;
    }
}

}  // namespace dcs::deepcura
