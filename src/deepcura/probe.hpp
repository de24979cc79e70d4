#pragma once
// Probe: which scheme, and which secret, opens a captured gridhook body; tells a wrong key from a wrong IV.
//
// Content    what was opened is in `plain` alone; every other member may be shown to anybody.
// Source     gridhook fact sheet sections 3.3 and 3.5.

#include "deepcura/cipher.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

enum class Fit {
    fits,
    opens_otherwise,  // the key is right, but what it opens is no JSON object: `inside` says what
    wrong_iv,         // the key opens it, but for the first blocks
    wrong_key,        // or altered bytes: nothing tells which
    other_form,       // the text is not written the way this scheme writes it
};
std::string_view text_of(Fit fit) noexcept;

struct Trial {
    Scheme scheme{};
    bool previous = false;  // the previous secret
    Fit fit{};
    std::string plain{};   // what was opened, where it fits
    std::string inside{};  // opens_otherwise: in words, no content
};

struct Probe {
    std::string hint;             // what the form alone says
    std::vector<Trial> trials{};  // empty: no ciphertext was found
};

/// `captured` is a whole body (JSON with the ciphertext in a member) or the bare ciphertext.
Probe probe(std::string_view captured, const std::string& secret, const std::string& previous);

}  // namespace dcs::deepcura
