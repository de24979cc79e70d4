#pragma once
// MedicationMerge: the medications of several lists of a note as one list.
//
// Once       what is the same in every member is there once, also within a list. Between two lists, a medication of the same name and
//            dose (written in the name or beside it), or one without a dose, is the one that is known, where nothing that both say
//            differs: it keeps what each of them says.

#include "base/document.hpp"

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace dcs::deepcura {

class MedicationMerge {
public:
    void add(Document::Array list);
    Document::Array take() { return std::move(all_); }

private:
    bool joins(const Document& medication, std::size_t before);

    Document::Array all_;
    std::unordered_set<std::string> texts_;                              // of all entries
    std::unordered_map<std::string, std::vector<std::size_t>> by_name_;  // name without dose: places
};

}  // namespace dcs::deepcura
