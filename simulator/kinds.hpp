#pragma once
// Kinds: one row for each kind of record: its resource, its fields, and which of them a change moves.

#include "simulator/fields.hpp"

namespace dcs::simulator {

enum class Moves { on_create, on_change, on_every_change };  // on_every_change: also where updated_at stays

/// A field that the clinic itself sets when a record is made or changed. Making counts as a change.
struct Stamp {
    std::string_view field;
    Moves when;
    bool date_only = false;
};

struct KindInfo {
    Kind kind;
    std::string_view resource;  // as in /api/…
    std::span<const Field> (*fields)();
    std::span<const Stamp> stamps;
    std::string_view doctor;  // the field that names the doctor whose zone it is written in
};

const KindInfo& info(Kind kind) noexcept;
/// By resource name; nullptr: none of that name.
const KindInfo* find_kind(std::string_view resource) noexcept;
/// nullptr: no field of that name.
const Field* find_field(Kind kind, std::string_view name) noexcept;

}  // namespace dcs::simulator
