#pragma once
// Account: how a payload was understood, member by member: which columns hold what each member says, and what is left over.
//
// Way        by reading the payload again with each member alone, and without it: so it follows from the reading rules
//            themselves, whatever they are, and not from a second description of them.
// Content    paths are names of members; `value` and `columns` hold clinical content.
// Bounds     at most 500 members, and `budget` bytes are read in all; what is beyond is not told of (`complete`).

#include "deepcura/note_sql.hpp"

#include <string>
#include <vector>

namespace dcs::deepcura {

struct MemberAccount {
    std::string path;                      // "soap.plan", "sections[2]"
    std::vector<std::string> became{};     // columns that hold it, or part of it
    std::vector<std::string> not_taken{};  // of a member that became nothing: columns that another member fills instead
    bool envelope = false;                 // says nothing of the note: does not count for what is the same note
    const Document* value = nullptr;       // within the payload
};

struct Account {
    std::vector<MemberAccount> members{};
    std::vector<Filled> columns{};  // of the whole payload, those that are filled
    std::vector<std::string> flags{};
    bool complete = true;
};

/// pre: `payload` is an object; it must outlive what is returned.
Account account_of(const Document& payload, const Source& source, std::size_t budget = 64 * 1024 * 1024);

}  // namespace dcs::deepcura
