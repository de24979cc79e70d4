#pragma once
// CodeText: the codes in a text that somebody wrote: "F41.1 - GAD", "99214-25, 90833 x1", "GAD (F41.1)".
//
// Pieces     are told apart by line breaks, ';', ',', '+' and " and ", and by whatever stands between two codes: '/', '&',
//            '|', a dash, "or", "vs". A piece that does not begin with what looks like a code goes on with the description
//            before it; a code in the middle of a piece counts where its form cannot be mistaken.
// Tables     of Markdown: the head and the line below it are left out.
// Arrows     between two codes, and "changed from A to B": the first is replaced, and has the status of one that was.
// Cells      between bars or tabs behind a code: units, modifiers and confidence are told from descriptions (code_cells.hpp).
// Characters any Unicode blank, hyphen and line end; unseen characters are passed over (plain_text.hpp).
// Shapes     say whether a text can be a code, never which list it belongs to, and nothing of its being valid on a
//            date.
// Source     gridhook fact sheet section 6.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

/// Which codes are expected.
enum class CodeKind {
    diagnosis,  // ICD-10-CM
    procedure,  // CPT and HCPCS
    either,
};

struct CodeText {
    std::string original{};  // this code's part of the text
    std::string word{};      // the code as written, in upper case; empty: there is none
    std::vector<std::string> modifiers{};
    std::string units{};       // digits; empty: not given
    std::string confidence{};  // as written; empty: not given
    std::string description{};
    std::optional<CodeKind> label{};  // what a label before it says: "CPT: 99214"
    std::string_view status{};        // code_status.hpp; empty: it stands
    bool in_cells = false;            // a bar or a tab stands behind it
    bool range = false;               // it is an end of a range, as in "F41.1-F41.9"
    bool more_codes = false;          // its description names another code
    bool point_unclear = false;       // its point was written otherwise, and may be something else (code_points.hpp)
};

/// At most `most` of them; empty: the text is blank, or only labels.
std::vector<CodeText> read_code_text(std::string_view text, CodeKind kind, std::size_t most);

// Of words in upper case.
bool is_icd10(std::string_view word);
bool is_cpt(std::string_view word);    // all three categories, PLA and MAAA
bool is_hcpcs(std::string_view word);  // level II
bool is_modifier(std::string_view word);

std::string upper_case(std::string_view text);

}  // namespace dcs::deepcura
