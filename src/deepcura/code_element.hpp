#pragma once
// CodeElement: what the members of an object say of a code, and a code on its way into a list. For codes.cpp.

#include "base/document.hpp"
#include "deepcura/code_text.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcs::deepcura {

/// A coding system by the name that was given.
struct System {
    std::string name{};              // ICD-10-CM, CPT, HCPCS, or as given
    std::optional<CodeKind> kind{};  // nullopt: another system
};

/// One code on its way into a list.
struct Entry {
    std::string original{};
    std::string word{};  // in capitals; empty: there is none
    System system{};
    std::string description{};
    std::string status{};
    Document rank{};
    Document confidence{};
    Document units{};
    std::vector<std::string> modifiers{};
    std::vector<std::string_view> flags{};
};

struct Lists {
    std::vector<Entry> diagnoses{};
    std::vector<Entry> procedures{};

    std::size_t size() const { return diagnoses.size() + procedures.size(); }
};

System system_named(std::string_view given);

/// The members of an element by what they mean; nullptr: not there.
struct Element {
    const Document* code = nullptr;
    const Document* icd10 = nullptr;
    const Document* procedure = nullptr;
    const Document* value = nullptr;  // a code under a name that says nothing
    const Document* description = nullptr;
    const Document* confidence = nullptr;
    const Document* units = nullptr;
    const Document* modifiers = nullptr;
    std::vector<const Document*> numbered_modifiers{};  // {"modifier1": "25", "modifier_2": "95"}
    const Document* system = nullptr;
    const Document* type = nullptr;  // a system, or something else
    const Document* list = nullptr;  // more elements
    const Document* status = nullptr;
    const Document* verification = nullptr;  // whether it is certain, beside whether it is active
    const Document* ruled_out = nullptr;     // a flag
    const Document* rule_out = nullptr;      // a flag
    const Document* negated = nullptr;       // a flag
    const Document* differential = nullptr;  // a flag
    const Document* billed = nullptr;        // a flag; false: it was not
    const Document* not_billed = nullptr;    // a flag
    const Document* suspected = nullptr;     // a flag
    const Document* history = nullptr;       // a flag
    const Document* of_family = nullptr;     // a flag
    const Document* active = nullptr;        // a flag; false: it is not
    const Document* subject = nullptr;       // whose it is
    const Document* group = nullptr;         // what a list of codes is called
    const Document* remark = nullptr;        // may say that it does not stand
    const Document* named_code = nullptr;    // a code under the name of what it is a code of: {"procedure": "99214"}
    const Document* confirmed = nullptr;     // a flag
    const Document* rank = nullptr;
    const Document* primary = nullptr;  // a flag
    bool known = false;                 // some name is known, whatever stands there
    bool cut = false;                   // a text in it is longer than text_of() takes, or it has too many members
};
Element element_of(const Document& object);

/// A text or a number as text, its first 4,000 bytes; empty: it is neither, or nullptr.
std::string text_of(const Document* value);

// Each reads a member into the entry; what cannot be read is flagged.
void read_confidence(const Document* value, Entry& entry);
void read_units(const Document* value, Entry& entry);
void read_modifiers(const Document* value, Entry& entry);
void read_status(const Element& element, Entry& entry);

}  // namespace dcs::deepcura
