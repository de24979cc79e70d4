#pragma once
// Ids: random identifiers.

#include <string>

namespace dcs {

/// A random (version 4) UUID in its 36-character text form, from the operating system's generator.
std::string new_uuid();

}  // namespace dcs
