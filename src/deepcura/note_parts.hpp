#pragma once
// NoteParts: a note's text, split where its headings are.
//
// Parts      what stands under a name of the four goes there; a line that has the form of the note's own headings but names no
//            part closes the part above it, and goes to the rest under its title. Topics of a part ("Sleep" in what the
//            patient says, "Medications" in a plan) and problems in an assessment or a plan stay (topics.hpp); what is ordered,
//            prescribed or advised is no topic of an assessment. A title in another form that is no topic either stays, and is
//            flagged.
// Bullets    are headings where the note's own headings stand behind them, and no deeper than those.
// Titles     a section's title ("HPI") stays in the text where the part has several, and where it says something of the text
//            ("Family History", "Plan (if labs normal)").
// Doubt      a part that comes twice or at an odd place, a title that may be of a problem, the name of another part inside of a
//            line: what they head is kept, and the note is flagged.
// Kept       every line: a name that stands alone in its line, with nothing below it before the next heading ("RTC" under
//            "Plan:"), is no heading but what the part above says; only empty sections of a template are left out.
// Earlier    what is said of an earlier visit is of none of the parts, with the headings in it (note_earlier.hpp).
// Letters    S, O, A and P are headings where the note's first heading is a letter and they come in that order: "A: Poor" below
//            "Q: ..." is an answer, "P: 72" among findings a pulse.
// HTML       simple tags become lines first.
// Bounds     linear in the text; the first 5,000 lines and as many bytes as are asked for are looked at. What follows belongs to
//            the last heading, and stays as it came.

#include "deepcura/headings.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

/// What one source says, part by part.
class NoteParts {
public:
    /// `title`: of a section of the part; empty: the part's own name, or none.
    void begin(Part part, std::string_view title);
    /// Takes the last begin() back, which nothing was added to; `before`: the part that lines went to then.
    void take_back(Part before);
    /// Some lines may belong to another part than the one they are in.
    void note_doubt() { doubtful_ = true; }
    bool doubtful() const { return doubtful_; }
    void add_line(std::string_view line);
    void add(Part part, std::string_view title, std::string_view text);
    /// begin() of what is said of an earlier visit.
    void begin_earlier(std::string_view title);
    /// What is said of earlier visits, as it stands in the text of Part::none.
    std::vector<std::string> earlier_visits() const;
    /// What follows in the last part, as it came.
    void go_on(std::string_view text);

    void append(const NoteParts& other);

    bool any_heading() const;
    bool has(Part part) const { return !pieces_[static_cast<std::size_t>(part)].empty(); }
    /// How much stands under no title at all.
    std::size_t untitled_bytes() const;
    std::string text(Part part) const;

private:
    struct Piece {
        std::string title{};
        std::string text{};
        bool own_name = false;
        bool earlier = false;  // it is of an earlier visit
    };
    static std::string block_of(const Piece& piece, bool titled);
    std::array<std::vector<Piece>, part_count> pieces_{};
    Part now_ = Part::none;
    bool doubtful_ = false;
};

/// Looks for headings in the first `most` bytes.
NoteParts split_note(std::string_view text, std::size_t most);

/// Tags as lines and marks, entities as characters; the text itself where it has no tags.
std::string without_html(std::string_view text);

}  // namespace dcs::deepcura
