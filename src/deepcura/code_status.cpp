#include "deepcura/code_status.hpp"

#include "deepcura/fields.hpp"

#include <algorithm>
#include <array>

namespace dcs::deepcura {

namespace {

struct Cue {
    std::string_view words;  // in lower case, found as whole words
    std::string_view status;
};
// The first that is found counts.
constexpr std::array cues{
    Cue{"descartado", "ruled_out"},
    Cue{"descartada", "ruled_out"},
    Cue{"descartar", "rule_out"},
    Cue{"ruled out", "ruled_out"},
    Cue{"ruled-out", "ruled_out"},
    Cue{"has been excluded", "ruled_out"},
    Cue{"not present", "not_present"},
    Cue{"no evidence of", "not_present"},
    Cue{"negative for", "not_present"},
    Cue{"denies", "not_present"},
    Cue{"does not meet criteria", "not_present"},
    Cue{"criteria not met", "not_present"},
    Cue{"r/o", "rule_out"},
    Cue{"ro", "rule_out"},
    Cue{"rule out", "rule_out"},
    Cue{"rule-out", "rule_out"},
    Cue{"vs", "differential"},
    Cue{"versus", "differential"},
    Cue{"differential", "differential"},
    Cue{"ddx", "differential"},
    Cue{"family history", "family_history"},
    Cue{"fhx", "family_history"},
    Cue{"antecedentes familiares", "family_history"},
    Cue{"antecedentes de", "history"},
    Cue{"antecedente de", "history"},
    Cue{"history of", "history"},
    Cue{"hx of", "history"},
    Cue{"h/o", "history"},
    Cue{"hx", "history"},
    Cue{"by history", "history"},
    Cue{"past history", "history"},
    Cue{"previous diagnosis", "history"},
    Cue{"prior diagnosis", "history"},
    Cue{"s/p", "history"},
    Cue{"sospecha de", "suspected"},
    Cue{"posible", "suspected"},
    Cue{"presuntivo", "suspected"},
    Cue{"presuntiva", "suspected"},
    Cue{"suspected", "suspected"},
    Cue{"suspect", "suspected"},
    Cue{"suspicion", "suspected"},
    Cue{"possible", "suspected"},
    Cue{"possibly", "suspected"},
    Cue{"probable", "suspected"},
    Cue{"probably", "suspected"},
    Cue{"likely", "suspected"},
    Cue{"presumed", "suspected"},
    Cue{"presumptive", "suspected"},
    Cue{"provisional", "suspected"},
    Cue{"questionable", "suspected"},
    Cue{"query", "suspected"},
    Cue{"concern for", "suspected"},
    Cue{"concerns for", "suspected"},
    Cue{"consider", "suspected"},
    Cue{"tentative", "suspected"},
    Cue{"unconfirmed", "suspected"},
    Cue{"to be confirmed", "suspected"},
    Cue{"resolved", "resolved"},
};

bool is_word(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
           static_cast<unsigned char>(letter) > 127;
}

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& letter : out)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return out;
}

bool has_words(std::string_view text, std::string_view words) {
    for (auto at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
        const auto end = at + words.size();
        const bool begins = at == 0 || !is_word(text[at - 1]);
        const bool ends = end == text.size() || !is_word(text[end]);
        if (begins && ends) return true;
    }
    return false;
}

/// Whether the code's own meaning is a history or an observation for something suspected.
bool means_it(std::string_view code) {
    return code.starts_with("Z8") || code.starts_with("Z91") || code.starts_with("Z92") || code.starts_with("Z03") ||
           code.starts_with("Z04") || code.starts_with("Z05") || code.starts_with("O09");
}

}  // namespace

std::string_view status_in(std::string_view around, std::string_view code) {
    constexpr std::size_t longest = 2'000;
    if (means_it(code)) return {};
    const auto text = lower(around.substr(0, longest));
    for (const auto& cue : cues)
        if (has_words(text, cue.words)) return cue.status;
    const auto begin = trimmed(text);
    return begin.starts_with('?') || begin.ends_with('?') ? "suspected" : "";
}

std::string status_given(std::string_view value, bool& settled) {
    constexpr std::string_view unsettled =
        " excluded refuted inactive remission inremission entered-in-error enteredinerror "
        "differential ruleout provisional working ";
    const auto text = trimmed(value);
    settled = true;
    if (const auto status = status_in(text, {}); !status.empty()) {
        settled = false;
        return std::string{status};
    }
    const auto word = normalised(text);
    if (word == "refuted" || word == "excluded") {
        settled = false;
        return "ruled_out";
    }
    settled = unsettled.find(" " + word + " ") == std::string_view::npos;
    return std::string{text};
}

std::string_view without_cue(std::string_view text) {
    for (bool more = true; more;) {
        more = false;
        text = trimmed(text);
        const auto low = lower(text.substr(0, 40));
        for (const auto& cue : cues) {
            if (!low.starts_with(cue.words)) continue;
            if (text.size() > cue.words.size() && is_word(low[std::min(cue.words.size(), low.size() - 1)])) continue;
            text.remove_prefix(cue.words.size());
            more = true;
            break;
        }
        while (text.starts_with(':') || text.starts_with('?') || text.starts_with('-') || text.starts_with('.'))
            text = trimmed(text.substr(1)), more = true;
    }
    return text;
}

}  // namespace dcs::deepcura
