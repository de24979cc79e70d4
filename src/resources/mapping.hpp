#pragma once
// Mapping: a record's columns out of its JSON.
//
// Malformed  a value that its column cannot hold (a date of "tomorrow", a number in a name) makes the column NULL and is
//            named in `malformed`; it never loses the record, whose JSON is kept whole. "" is NULL where the column is not
//            text.

#include "resources/resource.hpp"

#include <optional>

namespace dcs {

struct Mapped {
    std::vector<std::optional<std::string>> values;  // one a column, in PostgreSQL's text form
    std::vector<std::string> malformed;              // names of columns
};

Mapped map_columns(const Resource& resource, const Document& record);
/// One of its columns; nullopt: NULL, or the resource has no such column.
std::optional<std::string> map_column(const Resource& resource, std::string_view column, const Document& record);

/// A naive timestamp of DrChrono ("2021-02-14T13:40:39", a space instead of T, a fraction, or a date alone) as text that
/// orders by time; nullopt: it is none. Source: fact sheet section 7.
std::optional<std::string> naive_time(std::string_view text);

/// Removes what must never be stored: the resource's volatile addresses, and members named in `omitted`, at any depth.
void strip_unstored(const Resource& resource, std::span<const std::string> omitted, Document& record);

}  // namespace dcs
