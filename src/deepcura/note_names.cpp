#include "deepcura/note_names.hpp"

#include "deepcura/word_list.hpp"

#include <array>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_name = 48;

/// Words for a note, or for the form of one.
constexpr std::array<std::string_view, 13> heads{"documentation", "document", "narrative", "markdown", "plaintext",
                                                 "richtext",      "notes",    "note",      "report",   "html",
                                                 "docs",          "doc",      "md"};
/// Words that may stand beside them.
constexpr std::array<std::string_view, 34> others{
    "formatted", "final",  "edited",   "signed",   "chart",    "psychiatric", "psychiatry", "therapy", "session",
    "medical",   "scribe", "raw",      "clinical", "progress", "visit",       "encounter",  "full",    "generated",
    "ai",        "draft",  "approved", "reviewed", "complete", "completed",   "soap",       "text",    "body",
    "content",   "plain",  "rich",     "followup", "intake",   "the",         "doctors"};

/// Whether the rest of a name is made of the words; `head`: one of them was for a note.
bool is_made_of_words(std::string_view rest, bool head) {
    if (rest.empty()) return head;
    for (const auto word : heads)
        if (rest.starts_with(word) && is_made_of_words(rest.substr(word.size()), true)) return true;
    for (const auto word : others)
        if (rest.starts_with(word) && is_made_of_words(rest.substr(word.size()), head)) return true;
    return false;
}

}  // namespace

bool names_a_note(std::string_view name) {
    return !name.empty() && name.size() <= longest_name && is_made_of_words(name, false);
}

bool may_name_a_note(std::string_view name) {
    return is_among(" message completion answer intake report doc docs response summarytext ", name);
}

}  // namespace dcs::deepcura
