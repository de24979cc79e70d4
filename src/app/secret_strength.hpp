#pragma once
// SecretStrength: whether somebody could guess a secret: who knows one message signed with it, or one value sealed with a key that was
// derived from it, may try words and patterns for as long as he likes.
//
// Weak       fewer than 16 bytes; few different characters; a text that repeats itself, with or without digits around it; a row of
//            keys; words that everybody tries first, with a few digits; what our own documents show as an example.
// Strong     random characters pass, whoever made them.

#include <string_view>

namespace dcs::app {

/// Why nobody should trust it, for the person who set it; empty: nothing is known against it.
std::string_view weakness_of(std::string_view secret);

}  // namespace dcs::app
