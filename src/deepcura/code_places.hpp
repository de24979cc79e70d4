#pragma once
// CodePlaces: where codes stand in a text, and where a text with several is cut. For code_text.cpp.

#include "deepcura/code_text.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

inline constexpr std::size_t longest_code = 12;  // what is longer is no try at a code

std::size_t digits_in(std::string_view word);
/// Whether `word` (in upper case) is a try at a code in a list of that kind, or at one of the other kind that cannot be mistaken.
bool tries_code(std::string_view word, CodeKind kind);
bool tries_procedure(std::string_view word);
bool is_well_formed(std::string_view word, CodeKind kind);
/// The letters, digits and inner points that `text` begins with.
std::string_view word_of(std::string_view text);

/// A code's place in a text.
struct Place {
    std::size_t begin;
    std::size_t end;
    bool unmistakable;  // it can only be a code, wherever it stands
};
/// The well-formed codes in a piece, in order.
std::vector<Place> codes_in(std::string_view piece, CodeKind kind);

/// A piece of a text that belongs to one code.
struct Piece {
    std::size_t begin;
    std::size_t end;
    bool range = false;
    bool versus = false;
    bool alternative = false;  // it, or its neighbor
    bool replaced = false;     // by the next one
};
/// Never empty; the pieces are in order.
std::vector<Piece> pieces_in(std::string_view piece, CodeKind kind);

/// Without the arrow that the text ends with.
std::string_view without_arrow(std::string_view text);

/// "F 43.10", "Fl0.20", "9O834": what was meant as a code and is none, at the beginning of a piece of a list.
bool looks_like_a_code(std::string_view text, CodeKind kind);
/// The same with a point, anywhere in a description.
bool has_misspelled_code(std::string_view text, CodeKind kind);

/// Blanks out bullets without blanks around them, so that places stay: "F41.1•F33.1".
void blank_bullets_between(std::string& text);
/// Writes the pictures of arrows to the right as " ->", which is as long, so that places stay.
void write_arrows(std::string& text);
/// Blanks out the heads of Markdown tables and the rules below them, so that places stay.
void blank_table_heads(std::string& text);
/// Without the bars around a row of a Markdown table.
std::string_view without_cell_marks(std::string_view text);

}  // namespace dcs::deepcura
