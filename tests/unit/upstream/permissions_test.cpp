#include "upstream/permissions.hpp"

#include <gtest/gtest.h>

namespace dcs::upstream {
namespace {

using Form = Place::Form;

void expect_place(std::string_view url, Form form, std::string_view kind, std::string_view id) {
    const auto place = place_of(url);
    EXPECT_EQ(place.form, form) << url;
    EXPECT_EQ(place.kind, kind) << url;
    EXPECT_EQ(place.id, id) << url;
}

TEST(PlaceOf, TellsRecordsListsAndBulkJobs) {
    expect_place("https://app.drchrono.com/api/medications/7?verbose=true", Form::record, "medications", "7");
    expect_place("https://app.drchrono.com/api/appointments/12_a%2Fb", Form::record, "appointments", "12_a%2Fb");
    expect_place("http://127.0.0.1:9100/api/clinical_notes?since=2026-01-01&cursor=/api/x/y", Form::list,
                 "clinical_notes", "");
    expect_place("https://drchrono.com/api/patients/", Form::list, "patients", "");
    expect_place("https://drchrono.com/api/patients_list?uuid=1", Form::bulk, "patients", "");
}

TEST(PlaceOf, KnowsWhatIsNoKindOfRecords) {
    for (const auto* url : {"https://app.drchrono.com/api/users/current", "https://app.drchrono.com/o/token/",
                            "https://app.drchrono.com", "https://app.drchrono.com/api/", ""})
        EXPECT_EQ(place_of(url).form, Form::other) << url;
}

}  // namespace
}  // namespace dcs::upstream
