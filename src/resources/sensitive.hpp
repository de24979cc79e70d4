#pragma once
// Sensitive: the members of records that nobody sees without giving a reason: national identifiers, identifiers of
// insurance coverage, and payment data.
//
// By name    a member is sensitive by its name, however it is spelled (social_security_number, patientSSN,
//            "Driver's License #"), at any depth: DrChrono nests them in insurance objects and custom fields.
// Pairs      {"name": "SSN", "value": ...}: where a member names a sensitive thing, the values beside it are sensitive.
// Text       a text that is JSON itself is looked into as well.
// Not done   free text that a person wrote is shown as it is: it is the clinical content.

#include "base/document.hpp"

#include <string_view>

namespace dcs {

/// Whether a member of this name is sensitive. Of a path with dots, the last step counts too.
bool is_sensitive(std::string_view name);

/// The value that stands for a hidden one: {"hidden": true}.
Document hidden_value();

/// `value` with the values of its sensitive members replaced by hidden_value(); what is null, blank or empty stays.
/// std::nullopt: there is nothing to hide.
std::optional<Document> without_sensitive(const Document& value);

}  // namespace dcs
