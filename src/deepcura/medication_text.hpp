#pragma once
// MedicationText: the medications that a text lists, a line each or several in a line (medication_pieces.hpp).
//
// Labels     "Discontinued:" before medications says it of each: a label on a line of its own up to the next label, another one of
//            its line alone. What stands under "Allergies:" is no medication.
// Verbs      before a name say it of that one, and of those that "and" or a comma joins to it (medication_lead.hpp).
// Members    lines "Dose: 50 mg", "Frequency: daily" below a medication are what is said of it.
// Lines      that only go on ("take with food") belong to the medication before them.
// Tables     medication_table.hpp.

#include "base/document.hpp"
#include "deepcura/medication_groups.hpp"

#include <string_view>
#include <vector>

namespace dcs::deepcura {

struct MedicationsSaid {
    Document::Array all{};  // objects with a name
    bool left_out = false;  // something beside them names no medication
    bool none = false;      // something says that there are none
};

/// {"name": name} and what its group says.
Document in_group(Document::Object medication, const MedicationGroup& group);

class MedicationText {
public:
    explicit MedicationText(MedicationsSaid& said) : said_{said} {}

    /// Adds at most `most`. pre: the texts live as long as this object. A label that is a text by itself counts for the texts that follow.
    /// `outer`: the group of all of them.
    void read(std::string_view text, const MedicationGroup& outer, std::size_t most);

private:
    struct Line {
        std::string_view text;
        std::string_view next;  // the line behind it; empty: none, or it is not known
        bool may_head = false;  // something may stand under it
    };
    void read_line(const Line& line, const MedicationGroup& outer);
    void read_segment(const Line& segment, const MedicationGroup& outer);
    void read_names(std::string_view text, const MedicationGroup& group);
    void keep(std::string_view name, const MedicationGroup& group);
    void keep_named(std::string_view name, const MedicationGroup& group);
    bool read_member(std::string_view line);
    void leave_out(std::string_view text);
    std::size_t read_table(const std::vector<std::string_view>& lines, std::size_t at, const MedicationGroup& outer);

    MedicationsSaid& said_;
    MedicationGroup group_{};
    bool labelled_ = false;   // a label of its own line counts
    bool left_out_ = false;   // what stands under it is no medication
    bool members_ = false;    // the last medication is told in lines of their own
    MedicationGroup lead_{};  // what was said ahead of the last medication's name
    std::size_t begin_ = 0;   // of what this text has added
    std::size_t most_ = 0;    // of all, with this text
};

}  // namespace dcs::deepcura
