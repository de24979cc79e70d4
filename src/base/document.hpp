#pragma once
// Document: a vendor's JSON, read without losing anything that a database could keep.
//
// Numbers    keep their digits: money and long ids never pass through a double.
// Repair     what jsonb cannot hold is replaced: NUL characters, lone surrogates and invalid UTF-8 by U+FFFD, numbers of
//            absurd length, written out as jsonb does, by their text. `altered` says so; the caller then keeps the original bytes beside it.
// Members    a name that comes twice counts once, the last value wins (as in jsonb). Order is kept.
// Bounds     nesting deeper than 500 is refused.
// Why        Boost.JSON reads 12.10 as a double and refuses lone surrogates: docs/decisions.

#include "base/error.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dcs {

class Document {
public:
    struct Number {
        std::string digits;  // as written
        /// By value, as jsonb compares: 1.20 and 12E-1 are equal.
        bool operator==(const Number& other) const;
    };
    using Array = std::vector<Document>;
    using Member = std::pair<std::string, Document>;
    using Object = std::vector<Member>;

    Document() = default;  // null
    explicit Document(bool flag) : value_{flag} {}
    explicit Document(std::string text) : value_{std::move(text)} {}
    explicit Document(Number number) : value_{std::move(number)} {}
    explicit Document(Array items) : value_{std::move(items)} {}
    explicit Document(Object members) : value_{std::move(members)} {}

    struct Parsed;
    /// Fault::bad_input: not JSON (one complete value), or nested too deeply.
    static Result<Parsed> parse(std::string_view bytes);

    bool is_null() const noexcept { return std::holds_alternative<std::monostate>(value_); }
    bool is_object() const noexcept { return std::holds_alternative<Object>(value_); }
    bool is_array() const noexcept { return std::holds_alternative<Array>(value_); }
    std::optional<bool> boolean() const noexcept;
    std::optional<std::string_view> string() const noexcept;
    std::optional<std::string_view> number() const noexcept;  // its digits
    const Array& items() const noexcept;                      // empty when it is no array
    const Object& members() const noexcept;                   // empty when it is no object

    /// The member of that name; nullptr when absent or when this is no object.
    const Document* find(std::string_view name) const noexcept;
    /// find(), step by step: {"clinical_note", "locked"}.
    const Document* find(std::initializer_list<std::string_view> path) const noexcept;
    /// An id as text, whether it came as a whole number (8001, also as 8001.0) or as a string: trimmed; empty when it is
    /// neither, or empty.
    std::string as_id() const;

    /// Replaces or appends the member; null becomes an object first. False: this is another kind of value, and stays as it is.
    bool set(std::string_view name, Document value);
    /// Takes the member out; false when there was none.
    bool remove(std::string_view name);
    /// Removes the members of these names at any depth. True: something was removed.
    bool remove_fields(std::span<const std::string> names);

    /// JSON text, members in the order kept.
    std::string text() const;
    /// JSON text with members in the order of their names: equal content gives equal text.
    std::string canonical() const;

    /// Equal content; the order of members does not count.
    bool operator==(const Document& other) const;

private:
    std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

struct Document::Parsed {
    Document value;
    bool altered = false;  // something had to be replaced
};

/// `text` as a JSON string, with the quotes.
std::string json_quoted(std::string_view text);

}  // namespace dcs
