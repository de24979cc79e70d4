#include "deepcura/left_over.hpp"

#include "deepcura/encoded.hpp"
#include "deepcura/headings.hpp"
#include "deepcura/note_lines.hpp"
#include "deepcura/note_parts.hpp"
#include "deepcura/risk_concerns.hpp"
#include "deepcura/section_text.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <ranges>
#include <unordered_set>
#include <utility>

namespace dcs::deepcura {

namespace {

constexpr int deepest = 8;
constexpr std::size_t long_prose = 200;
constexpr std::size_t longest_name = 80;
constexpr std::size_t looked_at = 4'000;  // bytes of a text in which headings are looked for
constexpr std::size_t most_risks = 200;

/// Parts of normalised names under which stands what is not of this visit, of another person, or not meant to be read.
constexpr std::array<std::string_view, 25> skipped_parts{
    "previous",  "prior",      "lastvisit", "lastnote",   "lastsession", "lastencounter", "family",
    "prompt",    "template",   "schema",    "disclaimer", "consent",     "instruction",   "url",
    "token",     "signature",  "password",  "secret",     "hotline",     "lifeline",      "useragent",
    "encrypted", "ciphertext", "checksum",  "history"};

class Walk {
public:
    Walk(const Fields& fields, const Note& note) : fields_{fields}, note_{note} {
        for (std::size_t at = 0; at < static_cast<std::size_t>(Field::count); ++at) {
            const auto field = static_cast<Field>(at);
            for (const auto& found : fields.of(field)) take(field, found);
        }
    }

    LeftOver walk() && {
        visit(*fields_.outer_objects().front(), 0);
        for (const auto& opened : fields_.opened_texts())
            if (!opened.string()) visit(opened, 1);
        return std::move(left_);
    }

private:
    /// What is read as a field has its own place. An object that holds a note is searched, and a text that may be one.
    void take(Field field, const Found& found) {
        const bool note = field == Field::soap || field == Field::note || field == Field::any_text ||
                          field == Field::sections || field == Field::other_note;
        const bool second = field == Field::any_text || field == Field::other_note || field == Field::note_date ||
                            field == Field::event_type;
        if (note && !second)  // a list of lines is read as the note; more than are visited need not be known
            for (const auto& item : found.opened->items() | std::views::take(values_left_))
                if (item.string()) taken_.insert(&item);
        if (second || (note && !found.given->string())) return;
        const bool opened_note = note && found.opened != found.given;
        if (!opened_note) taken_.insert(found.opened);
        taken_.insert(found.given);
    }

    void visit(const Document& value, int depth) {
        if (depth > deepest || taken_.contains(&value)) return;
        if (values_left_ == 0) {
            left_.cut = true;
            return;
        }
        --values_left_;
        if (const auto text = value.string()) return look_at({}, *text);
        for (const auto& item : value.items()) visit(item, depth + 1);
        if (visit_cell(value)) return;
        for (const auto& [given, each] : value.members()) {
            if (values_left_ == 0) break;
            if (is_skipped(given)) continue;
            visit(each, depth + 1);
        }
    }

    /// {"question": "Any SI?", "answer": "yes"}: one without the other says nothing.
    bool visit_cell(const Document& value) {
        if (!value.is_object() || value.members().size() > most_element_members) return false;
        const auto cell = section_of(value);
        if (!cell.value || taken_.contains(cell.value)) return false;
        const auto flag = cell.value->boolean();
        const auto text =
            flag ? std::string_view{*flag ? "yes" : "no"} : cell.value->string().value_or(std::string_view{});
        if (text.empty() || text.size() > longest_value) return false;
        look_at(cell.label, text);
        return true;
    }

    static bool is_skipped(std::string_view given) {
        if (given.size() > longest_name) return false;
        const auto name = normalised(given);
        return std::ranges::any_of(skipped_parts,
                                   [&](std::string_view part) { return name.find(part) != std::string::npos; });
    }

    void look_at(std::string_view label, std::string_view given) {
        const auto text = trimmed(given);
        if (text.size() > bytes_left_) {
            left_.cut = true;
            left_.notable = left_.notable || is_prose(text);
            return;
        }
        bytes_left_ -= text.size();
        const bool risk = may_speak_of_risk(text) || (!label.empty() && may_speak_of_risk(label));
        const bool prose = text.size() > long_prose && is_prose(text);
        const bool headed = !risk && !prose ? has_headings(text) : false;
        if ((!risk && !prose && !headed) || is_in_a_column(text, risk)) return;
        left_.notable = left_.notable || prose || headed || has_headings(text);
        if (!risk || left_.risks.size() >= most_risks) return;
        const bool html = text.find('<') != std::string_view::npos;
        auto said = html ? without_html(text) : std::string{text};
        left_.risks.push_back(label.empty() ? std::move(said) : std::string{label} + ": " + said);
    }

    /// Words apart by blanks, no key or address.
    static bool is_prose(std::string_view text) {
        constexpr std::size_t longest_word = 40;
        const auto start = text.substr(0, looked_at);
        const auto blanks = static_cast<std::size_t>(
            std::ranges::count_if(start, [](char letter) { return letter == ' ' || letter == '\n'; }));
        const auto foreign = static_cast<std::size_t>(
            std::ranges::count_if(start, [](char letter) { return static_cast<unsigned char>(letter) > 127; }));
        return blanks * longest_word > start.size() || foreign * 2 > start.size();
    }

    bool has_headings(std::string_view text) {
        if (text.find_first_of(":#*<") == std::string_view::npos || headings_left_ == 0) return false;
        --headings_left_;
        auto start = std::string{beginning(text, looked_at)};
        if (start.find('<') != std::string::npos) start = without_html(start);
        return std::ranges::any_of(lines_of(start), [&start](const Line& each) {
            const auto& heading = each.heading;
            return heading.named.kind == NameKind::primary && heading.named.part != Part::none && !heading.letter &&
                   (heading.colon || heading.marked) &&
                   (!heading.alone || start.find('\n') != std::string::npos);  // a title alone is no text
        });
    }

    /// Whether the text's longest line stands in a column: it was read under another name, or with another.
    static std::string_view without_title(std::string_view line) {
        constexpr std::size_t longest_title = 40;
        if (line.starts_with('#')) return {};
        const auto colon = line.substr(0, longest_title).find(':');
        return trimmed(colon == std::string_view::npos ? line : line.substr(colon + 1));
    }
    bool is_in_a_column(std::string_view text, bool risk) {
        auto start = std::string{beginning(text, looked_at)};
        if (start.find('<') != std::string::npos) start = without_html(start);
        std::string_view longest;
        for (std::string_view rest{start}; !rest.empty();) {
            const auto line = trimmed(rest.substr(0, rest.find('\n')));
            rest.remove_prefix(
                std::min(rest.size(), rest.find('\n') == std::string_view::npos ? rest.size() : rest.find('\n') + 1));
            const auto body = without_title(line);
            if (body.size() > longest.size()) longest = body;
        }
        constexpr std::size_t telling = 60;
        while (longest.ends_with('.') || longest.ends_with('*')) longest.remove_suffix(1);
        if (longest.size() > telling) longest.remove_prefix(longest.size() - telling);
        // "SI" alone stands in "denies SI", too.
        constexpr std::size_t shortest_risk = 20;
        if (longest.empty() || (risk && text.size() < shortest_risk)) return false;
        for (const auto* column : {&note_.note_text, &note_.subjective, &note_.objective, &note_.assessment,
                                   &note_.plan, &note_.transcript}) {
            if (column->size() > searched_left_) return false;
            searched_left_ -= column->size();
            if (column->find(longest) != std::string::npos) return true;
        }
        return false;
    }

    static constexpr std::size_t longest_value = 200;
    const Fields& fields_;
    const Note& note_;
    std::unordered_set<const Document*> taken_;
    LeftOver left_;
    std::size_t values_left_ = 20'000;
    std::size_t bytes_left_ = 400'000;
    std::size_t headings_left_ = 500;
    std::size_t searched_left_ = 12'000'000;
};

}  // namespace

LeftOver left_over_in(const Fields& fields, const Note& note) { return Walk{fields, note}.walk(); }

}  // namespace dcs::deepcura
