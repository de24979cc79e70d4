#pragma once
// Log: one line per fact, as fields; JSON in Cloud Logging's form, or text for people.
//
// Secrets    never a payload, a header value, a token, or a patient's data: ids, sizes, names, durations, SQLSTATEs.
// Where      a failure is logged where it is handled, once, with the id of the delivery, run or request.
// Threads    safe from any thread.

#include "base/error.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace dcs::log {

enum class Level { debug, info, warning, error, critical };
enum class Format { json, text };

struct Field {
    std::string_view key;
    std::variant<std::string, std::int64_t, double, bool> value;

    Field(std::string_view name, std::string_view text) : key{name}, value{std::string{text}} {}
    Field(std::string_view name, const std::string& text) : key{name}, value{text} {}
    Field(std::string_view name, const char* text) : key{name}, value{std::string{text}} {}
    Field(std::string_view name, bool flag) : key{name}, value{flag} {}
    Field(std::string_view name, double number) : key{name}, value{number} {}
    template <std::integral Integer>
    Field(std::string_view name, Integer number) : key{name}, value{static_cast<std::int64_t>(number)} {}
};
using Fields = std::initializer_list<Field>;

/// Sets what is written and how; before the first call: info, JSON, standard error.
void configure(Level lowest, Format format);

/// nullopt: no such level (debug, info, warning, error, critical).
std::optional<Level> level_of(std::string_view name);

/// Writes one line. `message` is a constant sentence; what varies is a field.
void write(Level level, std::string_view message, Fields fields = {});

inline void debug(std::string_view message, Fields fields = {}) { write(Level::debug, message, fields); }
inline void info(std::string_view message, Fields fields = {}) { write(Level::info, message, fields); }
inline void warning(std::string_view message, Fields fields = {}) { write(Level::warning, message, fields); }
inline void error(std::string_view message, Fields fields = {}) { write(Level::error, message, fields); }
inline void critical(std::string_view message, Fields fields = {}) { write(Level::critical, message, fields); }

}  // namespace dcs::log
